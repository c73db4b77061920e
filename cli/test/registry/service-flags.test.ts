import t from 'tap'
import { leaseOption } from '../../src/registry/option-values.js'
import { serviceFromFlags } from '../../src/registry/service-flags.js'

const base = { service: 'shop', address: '127.0.0.1:80' }

t.test('a service from flags', async (t) => {
  t.same(serviceFromFlags(base), { Name: 'shop', ID: 'shop', Address: '127.0.0.1', Port: 80 })
  t.match(serviceFromFlags({ ...base, id: 'shop-1', tag: ['a', 'b'], address: '[::1]:8080' }), {
    ID: 'shop-1',
    Address: '::1',
    Port: 8080,
    Tags: ['a', 'b'],
  })
  t.match(serviceFromFlags({ ...base, ttl: '1m30s' }).Check, { TTLSeconds: 90, HTTP: null })
  t.match(serviceFromFlags({ ...base, tcp: 'a:1', interval: '5s', checkTimeout: '2s' }).Check, {
    TCP: 'a:1',
    IntervalSeconds: 5,
    TimeoutSeconds: 2,
  })
})

t.test('wrong flags', async (t) => {
  t.throws(() => serviceFromFlags({}), { kind: 'input', message: /--service and --address/ })
  t.throws(() => serviceFromFlags({ ...base, address: '80' }), { kind: 'input', message: /HOST:PORT/ })
  t.throws(() => serviceFromFlags({ ...base, tcp: 'a:1', ttl: '3s' }), { kind: 'input', message: /one of/ })
  t.throws(() => serviceFromFlags({ ...base, ttl: 'x' }), { kind: 'input', message: /--ttl/ })
})

t.test('a lease by name and epoch', async (t) => {
  t.same(leaseOption('shop/a=b=12'), { Name: 'shop/a=b', Epoch: 12 })
  t.equal(leaseOption(undefined), null)
  t.throws(() => leaseOption('shop'), { kind: 'input', message: /NAME=EPOCH/ })
})
