import t from 'tap'
import { registrySchemas } from '../src/schemas/registry.js'

const accepts = (method: keyof typeof registrySchemas, request: object) =>
  registrySchemas[method].request.safeParse(request).success

t.test('keys are words divided by slashes', async (t) => {
  for (const Key of ['a', 'shop/colour', 'a b/ü', 'x'.repeat(400)]) t.ok(accepts('Get', { Key }), Key)
  for (const Key of ['', '/a', 'a/', 'a//b', 'a\nb', 'ü'.repeat(201), 'a\ud800']) t.notOk(accepts('Get', { Key }), Key)
})

t.test('values are text of a limited size', async (t) => {
  const put = (Value: unknown) => accepts('Put', { Key: 'a', Value })
  t.ok(put(''))
  t.ok(put('x'.repeat(256 * 1024)))
  for (const wrong of ['x'.repeat(256 * 1024 + 1), '\udc00', 1, null]) t.notOk(put(wrong))
})

t.test('a transaction has different keys, one deed for each, and values of a limited size together', async (t) => {
  const txn = (...Operations: object[]) => accepts('Txn', { Operations })
  const put = (Key: string, Value = '') => ({ Put: { Key, Value } })
  t.ok(txn(put('a'), { Delete: { Key: 'b', IfVersion: 3 } }, { Check: { Key: 'c', Version: 0 } }))
  t.ok(txn(...Array.from({ length: 60 }, (_, i) => put(String(i)))))
  t.notOk(txn(...Array.from({ length: 61 }, (_, i) => put(String(i)))))
  t.notOk(txn())
  t.notOk(txn({}))
  t.notOk(txn(put('a'), { Check: { Key: 'a', Version: 1 } }), 'the same key twice')
  t.notOk(txn({ ...put('a'), Delete: { Key: 'b' } }), 'two deeds in one')
  const half = 'x'.repeat(128 * 1024 + 1)
  t.notOk(txn(put('a', half), put('b', half)))
})

t.test('a service has one way to be found well, or none', async (t) => {
  const service = { Name: 'shop', ID: 'shop-1', Address: '127.0.0.1', Port: 80 }
  const register = (more: object) => accepts('Register', { Service: { ...service, ...more } })
  t.ok(register({}))
  t.ok(register({ Tags: ['a'], Check: { HTTP: 'http://127.0.0.1/health', IntervalSeconds: 5 } }))
  t.ok(register({ Check: { TCP: '127.0.0.1:80' } }))
  t.ok(register({ Check: { TTLSeconds: 30 } }))
  for (const Check of [
    {},
    { HTTP: 'ftp://a' },
    { TCP: 'a' },
    { TTLSeconds: 0 },
    { TCP: 'a:1', TTLSeconds: 3 },
    { Htp: '' },
  ]) {
    t.notOk(register({ Check }), JSON.stringify(Check))
  }
  t.notOk(register({ Port: 0 }))
  t.notOk(register({ ID: 'a/b' }))
})
