import { outcomeOf, transportTo, verifyPlugin } from '@infrakit/testing/conformance'
import t from 'tap'
import { needsSwarm, serve, testSwarm, waits } from './support.js'

t.test('the conformance suite accepts it', { ...needsSwarm, timeout: 240_000 }, async (t) => {
  const swarm = await testSwarm(t)
  const { path, services } = await serve(t, swarm)
  // In no network of the swarm: to leave one takes two seconds more.
  const properties = { image: swarm.image, command: waits, stop_signal: 'SIGKILL', stop_grace_period: '1s' }
  const report = await verifyPlugin({
    name: 'instance-swarm',
    transport: transportTo({ path }),
    properties,
  })
  const kept = ['Event', 'Fence', 'Instance', 'Lifecycle', 'Logs', 'Protocol', 'Resolve']
  t.same(outcomeOf(report), { broken: [], kept, leftovers: [] })
  t.same(services(), [])
})
