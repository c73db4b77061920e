import { skipFor, waitUntil } from '@infrakit/testing'
import { linkedEngines, loadImage, needsDocker, testImage } from '@infrakit/testing/engine'
import t from 'tap'
import { inspectNode, listNodes, removeNode, updateNode } from '../src/nodes.js'
import { listConfigs, listSecrets } from '../src/secrets.js'
import { createService, inspectService, listServices, removeService, updateService } from '../src/services.js'
import { initSwarm, inspectSwarm, joinSwarm, leaveSwarm, swarmMembership } from '../src/swarm.js'
import { inspectTask, listTasks, tailTaskLogs } from '../src/tasks.js'
import { rejects, testEngine } from './support.js'

const root = process.getuid?.() === 0 ? false : 'needs to be root, to run engines'
const skip = root || needsDocker.skip || skipFor(['dockerd', 'nsenter', 'ip'])

/** Nodes are known to be down after three seconds, not fifteen. */
const heartbeats = { Labels: { of: 'test' }, Dispatcher: { HeartbeatPeriod: 1_000_000_000 } }

t.test('a swarm of two engines', { skip }, async (t) => {
  const [one, two] = await linkedEngines(t, 2, { args: ['--label', 'zone=a'] })
  if (!one || !two) return t.fail('two engines')
  await Promise.all([one.start(), two.start()])
  const first = await testEngine(t, { kind: 'unix', path: one.path })
  const second = await testEngine(t, { kind: 'unix', path: two.path })

  await t.test('engines join it', async (t) => {
    t.match(await swarmMembership(first), { state: 'inactive', nodeID: '', isManager: false, managers: [] })
    await rejects(t, listNodes(first), { kind: 'unavailable', hint: /docker swarm init/ })
    await initSwarm(first, { advertise: one.address, definition: heartbeats })
    const { joinTokens, labels } = await inspectSwarm(first)
    t.same(labels, { of: 'test' })
    await rejects(t, joinSwarm(second, { token: 'wrong', managers: [`${one.address}:2377`], advertise: two.address }), {
      message: /join the swarm of/,
    })
    await joinSwarm(second, { token: joinTokens.worker, managers: [`${one.address}:2377`], advertise: two.address })
    const worker = await swarmMembership(second)
    t.match(worker, { state: 'active', isManager: false, address: two.address, managers: [`${one.address}:2377`] })
    const manager = await swarmMembership(first)
    t.match(manager, { state: 'active', isManager: true, address: one.address })
    t.not(manager.engineID, worker.engineID)
    await rejects(t, inspectSwarm(second), { kind: 'unavailable', hint: /an engine that is a manager/ })
  })

  await t.test('nodes are listed and changed', async (t) => {
    const { nodeID } = await swarmMembership(second)
    const nodes = await listNodes(first)
    t.match(
      nodes.find(({ id }) => id !== nodeID),
      { hostname: one.hostname, role: 'manager', isLeader: true, reachability: 'reachable', address: one.address },
    )
    const worker = await waitUntil('the worker to be ready', async () => {
      const node = await inspectNode(first, two.hostname)
      return node.state === 'ready' && node
    })
    t.match(worker, { id: nodeID, role: 'worker', availability: 'active', isLeader: false, reachability: '' })
    t.match(worker, { address: two.address, engineLabels: { zone: 'a' }, labels: {} })
    const edits = [{ labels: { disk: 'ssd' } }, { availability: 'drain' }] as const
    await Promise.all(edits.map((edit) => updateNode(first, nodeID, edit)))
    t.match(await inspectNode(first, nodeID), { availability: 'drain', labels: { disk: 'ssd' } }, 'both, at once')
    t.match(await listNodes(first, { labels: { disk: 'ssd' } }), [{ id: nodeID }])
    t.same(await listNodes(first, { labels: { disk: 'hdd' } }), [])
    await updateNode(first, nodeID, { availability: 'active' })
    await rejects(t, inspectNode(first, 'nosuch'), { kind: 'not-found' })
    await rejects(t, updateNode(first, 'nosuch', {}), { kind: 'not-found' })
    await rejects(t, removeNode(first, nodeID, false), { kind: 'input', message: /remove node .* not down/ })
  })

  await t.test('a service and its tasks', async (t) => {
    const image = testImage('busybox')
    loadImage(image, one, two)
    const Image = one.docker('image', 'inspect', '--format', '{{.Id}}', image)
    const Command = ['sh', '-c', 'echo out; echo err >&2; exec sleep 1000']
    const definition = {
      Name: 'service',
      Labels: { of: 'test' },
      TaskTemplate: {
        ContainerSpec: { Image, Command, Init: true },
        Placement: { Constraints: [`node.hostname==node-2`] },
      },
      EndpointSpec: { Ports: [{ TargetPort: 80, PublishedPort: 20_001, PublishMode: 'host', Protocol: 'tcp' }] },
    }
    const { id } = await createService(first, { definition })
    await rejects(t, createService(first, { definition }), { kind: 'conflict' }, 'its name is taken')
    await rejects(t, createService(first, { definition: { ...definition, Name: '/' } }), { kind: 'input' })
    const service = await inspectService(first, 'service')
    t.match(service, { id, name: 'service', labels: { of: 'test' }, definition })
    t.match(await listServices(first, { labels: { of: 'test' } }), [{ id }])
    t.same(await listServices(first, { labels: { of: 'nobody' } }), [])
    const tasks = () => listTasks(first, { labels: { of: 'test' } })
    const task = await waitUntil(
      'it to run',
      async () => (await tasks()).find(({ state }) => state === 'running'),
      30_000,
    )
    const { id: nodeID } = await inspectNode(first, two.hostname)
    t.match(task, { serviceID: id, nodeID, desiredState: 'running', error: '', containerID: /^[0-9a-f]{64}$/ })
    t.match(task.ports[0], { targetPort: 80, publishedPort: 20_001, mode: 'host', protocol: 'tcp' })
    t.match(await inspectTask(first, task.id), { id: task.id })
    t.match(await listTasks(first, { services: [id] }), [{ id: task.id }])
    const said = await waitUntil('its words', async () => {
      const lines = await tailTaskLogs(first, task, 10)
      return lines.length === 2 && lines
    })
    t.same([...said].sort(), ['err', 'out'], 'also on another node')
    t.equal((await tailTaskLogs(first, task, 1)).length, 1)

    await updateService(first, service, { definition: { ...service.definition, Labels: { of: 'test', more: '1' } } })
    await rejects(
      t,
      updateService(first, service, { definition: { ...service.definition, Labels: {} } }),
      { kind: 'conflict' },
      'somebody else was first',
    )
    t.match(await inspectService(first, id), { labels: { of: 'test', more: '1' } })
    t.match(await tasks(), [{ id: task.id, state: 'running' }], 'a label restarts nothing')
    await removeService(first, id)
    await removeService(first, id)
    await rejects(t, inspectService(first, id), { kind: 'not-found' })
    await rejects(t, inspectTask(first, 'nosuch'), { kind: 'not-found' })
    await waitUntil('its tasks to go', async () => (await tasks()).length === 0, 30_000)
  })

  await t.test('secrets and configs, by name', async (t) => {
    one.docker('secret', 'create', '--label', 'a=b', 'hidden', '/proc/version')
    one.docker('config', 'create', 'shown', '/proc/version')
    t.match(await listSecrets(first), [{ name: 'hidden', labels: { a: 'b' }, id: /./ }])
    t.match(await listConfigs(first), [{ name: 'shown', id: /./ }])
  })

  await t.test('engines leave it', async (t) => {
    const { nodeID } = await swarmMembership(second)
    await leaveSwarm(second, false)
    t.match(await swarmMembership(second), { state: 'inactive' })
    await waitUntil('it to be down', async () => (await inspectNode(first, nodeID)).state === 'down', 30_000)
    await removeNode(first, nodeID, false)
    await removeNode(first, nodeID, false)
    t.equal((await listNodes(first)).length, 1)
    await rejects(t, leaveSwarm(first, false), { message: /leave the swarm/ })
    await leaveSwarm(first, true)
  })
})
