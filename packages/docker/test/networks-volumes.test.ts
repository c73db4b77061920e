import { needsDocker, testImage, unique } from '@infrakit/testing/engine'
import t from 'tap'
import { inspectContainer, startContainer } from '../src/containers.js'
import { connectNetwork, createNetwork, inspectNetwork, listNetworks, removeNetwork } from '../src/networks.js'
import { createVolume, inspectVolume, removeVolume } from '../src/volumes.js'
import { rejects, testContainer, testEngine } from './support.js'

t.test('a network', needsDocker, async (t) => {
  const engine = await testEngine(t)
  const [name, label] = [unique('network'), unique('label')]
  t.teardown(() => removeNetwork(engine, name))
  const { id } = await createNetwork(engine, { name, labels: { [label]: '1' }, internal: true })
  await rejects(t, createNetwork(engine, { name }), { kind: 'conflict' }, 'a second one of this name')
  t.same(await inspectNetwork(engine, name), { id, name, driver: 'bridge', labels: { [label]: '1' } })
  t.match(await listNetworks(engine, { labels: { [label]: '1' } }), [{ id }])
  const container = await testContainer(t, testImage('busybox'))
  await connectNetwork(engine, name, container.id, { Aliases: ['alias'] })
  await startContainer(engine, container.id)
  t.match((await inspectContainer(engine, container.id)).addresses, { bridge: /^\d/, [name]: /^\d/ })
  await rejects(t, removeNetwork(engine, name), { message: /remove network .*active endpoints/ })
  await rejects(t, connectNetwork(engine, 'ik-none', container.id), { kind: 'not-found' })
  await rejects(t, inspectNetwork(engine, 'ik-none'), { kind: 'not-found' })
  await removeNetwork(engine, 'ik-none')
})

t.test('a volume', needsDocker, async (t) => {
  const engine = await testEngine(t)
  const name = unique('volume')
  t.teardown(() => removeVolume(engine, name))
  await createVolume(engine, { name, labels: { a: 'b' } })
  await createVolume(engine, { name })
  t.same(await inspectVolume(engine, name), { name, driver: 'local', labels: { a: 'b' } })
  await testContainer(t, testImage('busybox'), { HostConfig: { Binds: [`${name}:/data`] } })
  await rejects(t, removeVolume(engine, name), { kind: 'conflict', message: /in use/ })
  await rejects(t, createVolume(engine, { name: 'a/b' }), { message: /create volume/ })
  await removeVolume(engine, 'ik-none')
  await rejects(t, inspectVolume(engine, name + 'x'), { kind: 'not-found' })
})
