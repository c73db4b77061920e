import { once } from 'node:events'
import { createServer as createHttp } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer, offer } from '@infrakit/rpc'
import { groupInterface, instanceInterface, logsInterface, type GroupSpec, type Instance } from '@infrakit/spi'
import { memoryInstance, waitUntil, type Teardown } from '@infrakit/testing'
import t from 'tap'
import { serveFaulty } from './faults/faulty.js'
import { createWorld, type World } from './faults/world.js'

/** A machine that serves HTTP, answers as it is told, and remembers what it was asked. */
interface Machine {
  readonly port: number
  status: number
  readonly asked: string[]
}

async function startMachine(t: Teardown): Promise<Machine> {
  const asked: string[] = []
  const machine = { port: 0, status: 200, asked }
  const server = createHttp(({ method, url }, answer) => {
    asked.push(`${method} ${url}`)
    answer.writeHead(machine.status).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  machine.port = (server.address() as AddressInfo).port
  return machine
}

/** An instance plugin `machines` whose instances are web servers of this process, with endpoints and logs. */
async function serveMachines(t: Teardown, { pluginsDir }: World) {
  const memory = memoryInstance()
  const machines = new Map<string, Machine>()
  const handlers: Instance = {
    ...memory.handlers,
    async provision(request) {
      const answer = await memory.handlers.provision(request)
      if (!machines.has(answer.ID)) machines.set(answer.ID, await startMachine(t))
      return answer
    },
    async describeInstances(request) {
      const { Descriptions } = await memory.handlers.describeInstances(request)
      const endpoints = (id: string) => {
        const Port = machines.get(id)?.port
        return Port === undefined ? [] : [{ Host: '127.0.0.1', Port, ContainerPort: 80, Protocol: 'tcp' }]
      }
      return { Descriptions: Descriptions.map((one) => ({ ...one, Properties: { Endpoints: endpoints(one.ID) } })) }
    },
  }
  const logs = { tail: async ({ Instance }: { Instance: string }) => ({ Lines: [`last words of ${Instance}`] }) }
  const offers = [offer(instanceInterface, handlers), offer(logsInterface, logs)]
  const server = createServer({ offers, vendor: { name: 'machines', version: '0.0.0' } })
  await server.listen({ path: join(pluginsDir, 'machines') })
  t.teardown(() => server.close(0))
  return { machines, instances: memory.instances }
}

const vanilla = {
  Plugin: 'flavor-vanilla',
  Properties: {
    Health: { HTTP: { Port: 80, Path: '/health' }, Interval: '100ms', Timeout: '5s', UnhealthyThreshold: 2 },
    Drain: { HTTP: { Port: 80, Path: '/drain' } },
  },
}

function spec(Size: number, Flavor: object = vanilla, ID = 'web'): GroupSpec {
  return {
    ID,
    Properties: {
      Allocation: { Size },
      Instance: { Plugin: 'machines', Properties: {} },
      Flavor,
      Healing: { Interval: '100ms', UnhealthyAfter: 2 },
    },
  }
}

async function describe({ plugins }: World) {
  return (await (await plugins.get(groupInterface, 'group')).describeGroup({ ID: 'web' })).Description
}

t.test('an instance that answers wrongly is drained and replaced, and describe has its last lines', async (t) => {
  const world = await createWorld(t)
  const { machines, instances } = await serveMachines(t, world)
  await Promise.all([world.start('group'), world.start('flavor-vanilla')])
  await world.commit(spec(2))
  await world.converged('web')
  const [id = ''] = instances.keys()
  const machine = machines.get(id)
  if (!machine) return t.fail('no machine')
  machine.status = 503
  await waitUntil('it to be replaced', () => !instances.has(id) && instances.size === 2, 40_000)
  await world.converged('web')
  t.ok(machine.asked.includes('GET /health'))
  t.ok(machine.asked.includes('POST /drain'), 'it was told, though it was not well')
  const [told] = (await describe(world)).LastLines ?? []
  t.match(told, { Instance: id, Lines: [`last words of ${id}`] })
  t.match(told?.Reason, /^GET http:\/\/127\.0\.0\.1:\d+\/health: answered 503 .*; \d+ bad results in a row$/)
})

t.test('after a restart of the flavor nothing is replaced, and what went wrong meanwhile is', async (t) => {
  const world = await createWorld(t)
  const { machines, instances } = await serveMachines(t, world)
  await Promise.all([world.start('group'), world.start('flavor-vanilla')])
  await world.commit(spec(3))
  await world.converged('web')
  const before = [...instances.keys()]
  for (let i = 0; i < 2; i++) {
    await world.kill('flavor-vanilla')
    await waitUntil('the group to see that nobody can tell', async () =>
      Object.values((await describe(world)).Health ?? {}).every((one) => one === 'unknown'),
    )
    await world.start('flavor-vanilla')
    await world.converged('web')
  }
  t.strictSame([...instances.keys()], before)

  await world.kill('flavor-vanilla')
  const sick = machines.get(before[0] ?? '')
  if (sick) sick.status = 500
  await world.start('flavor-vanilla')
  await waitUntil('the sick one to be replaced', () => !instances.has(before[0] ?? '') && instances.size === 3, 40_000)
  t.ok(
    before.slice(1).every((id) => instances.has(id)),
    'and no other: control',
  )
})

t.test('within a combo the reason says which flavor it is owed to', async (t) => {
  const world = await createWorld(t)
  const { machines, instances } = await serveMachines(t, world)
  await Promise.all([world.start('group'), world.start('flavor-vanilla'), world.start('flavor-combo')])
  const tcp = { Plugin: 'flavor-vanilla', Properties: { Health: { TCP: { Port: 80 }, Interval: '100ms' } } }
  const Flavor = { Plugin: 'flavor-combo', Properties: { Flavors: [tcp, vanilla] } }
  await world.commit(spec(1, Flavor))
  await world.converged('web')
  const [id = ''] = instances.keys()
  const machine = machines.get(id)
  if (machine) machine.status = 500
  await waitUntil('it to be replaced', () => !instances.has(id) && instances.size === 1, 40_000)
  const [told] = (await describe(world)).LastLines ?? []
  t.match(told?.Reason, /^flavor-vanilla: GET http:.*: answered 500/)
  t.notMatch(told?.Reason, /TCP/, 'the other one was content')
})

t.test('a group hears through a combo that a member is ill, without asking; without events it does not', async (t) => {
  const world = await createWorld(t)
  const { machines, instances } = await serveMachines(t, world)
  await Promise.all([world.start('group'), world.start('flavor-vanilla'), world.start('flavor-combo')])
  await serveFaulty(t, world.pluginsDir, 'flavor-combo', 'deaf-combo', { deaf: true })
  /** Asked about by themselves once an hour. */
  const rarely = (ID: string, combo: string): GroupSpec => {
    const { Properties } = spec(1, { Plugin: combo, Properties: { Flavors: [vanilla] } })
    return { ID, Properties: { ...(Properties as object), Healing: { Interval: '1h', UnhealthyAfter: 1 } } }
  }
  await world.commit(rarely('hearing', 'flavor-combo'))
  await world.converged('hearing')
  const [first = ''] = instances.keys()
  await world.commit(rarely('deaf', 'deaf-combo'))
  await world.converged('deaf')
  const deaf = [...instances.keys()].find((id) => id !== first) ?? ''
  for (const id of [first, deaf]) {
    const machine = machines.get(id)
    if (machine) machine.status = 503
  }
  await waitUntil('the one to be replaced', () => !instances.has(first) && instances.size === 2, 40_000)
  t.ok(instances.has(deaf), 'nobody has told of the other')
})
