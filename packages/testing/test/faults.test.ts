import { InfrakitError, kindOf } from '@infrakit/spi'
import t from 'tap'
import { faultsOf, memoryInstance, rejection } from '../src/index.js'

const Spec = { Properties: {} }

t.test('calls fail so often as told, and in the way told', async (t) => {
  const plugin = memoryInstance()
  const faults = faultsOf(plugin)
  faults.fail('provision', { times: 2 })
  const error = new InfrakitError('unavailable', 'no room')
  faults.fail('provision', { times: 1, error })
  t.equal(await rejection(plugin.handlers.provision({ Spec })), error, 'the later word comes first')
  t.equal(kindOf(await rejection(plugin.handlers.provision({ Spec }))), 'plugin-failed')
  t.equal(kindOf(await rejection(plugin.handlers.provision({ Spec }))), 'plugin-failed')
  t.match(await plugin.handlers.provision({ Spec }), { ID: 'i-0001' })
  t.equal(plugin.instances.size, 1, 'what failed made nothing')
})

t.test('a call hangs until it is released, and others do not', async (t) => {
  const plugin = memoryInstance()
  const hung = faultsOf(plugin).hang('provision', { times: 1 })
  const first = plugin.handlers.provision({ Spec })
  t.match(await plugin.handlers.provision({ Spec }), { ID: 'i-0001' }, 'the second is answered')
  hung.release()
  t.match(await first, { ID: 'i-0002' })
})

t.test('a delayed call happens later', async (t) => {
  const plugin = memoryInstance()
  faultsOf(plugin).delay('provision', 20)
  const call = plugin.handlers.provision({ Spec })
  t.equal(plugin.instances.size, 0)
  await call
  t.equal(plugin.instances.size, 1)
})

t.test('heal ends all of it', async (t) => {
  const plugin = memoryInstance()
  const faults = faultsOf(plugin)
  faults.hang('destroy')
  faults.fail('provision')
  const destroyed = rejection(plugin.handlers.destroy({ Instance: 'nobody' }))
  faults.heal()
  t.equal(kindOf(await destroyed), 'not-found')
  t.match(await plugin.handlers.provision({ Spec }), { ID: 'i-0001' })
})
