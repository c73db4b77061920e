import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sameJson, writeJson, type Row } from './json.js'
import { onRegistry, onRegistrySlowly } from './on-registry.js'
import { eventually, holds } from './outcome.js'
import type { PluginPromise } from './promise.js'
import { forSeconds, type RegistryWorld } from './registry-world.js'

async function checkCatalogue(registry: RegistryWorld): Promise<void> {
  const [Name, other] = [registry.serviceName(), registry.serviceName()]
  const first = { Name, ID: `${Name}-a`, Address: '127.0.0.1', Port: 8080, Tags: ['blue', 'v=1'] }
  const second = { Name, ID: `${Name}-b`, Address: 'host.example', Port: 65_535 }
  const third = { Name: other, ID: `${other}-a`, Address: '::1', Port: 1, Tags: [] }
  for (const service of [third, second, first]) await registry.register(service)
  const isListed = async (name: string | undefined, wanted: readonly Row[]) => {
    const { services, answer } = await registry.services(name)
    const own = services.filter((one) => one.Name === Name || one.Name === other)
    const found = own.map(({ Check: _, Tags, ...one }) => ({ ...one, Tags: Tags ?? [] }))
    const expected = wanted.map((one) => ({ Tags: [], ...one, Health: 'passing' }))
    holds(sameJson(found, expected), writeJson(expected), writeJson(found), answer)
    const complete = name === undefined || own.length === services.length
    holds(complete, `services called ${name} alone`, writeJson(services), answer)
  }
  await isListed(Name, [first, second])
  await isListed(other, [third])
  await isListed(undefined, [first, second, third])
  const moved = { ...first, Port: 8081, Tags: ['green'] }
  await registry.register(moved)
  await isListed(Name, [moved, second])
  await registry.plugin.call('Registry.Deregister', { ID: second.ID })
  await registry.plugin.call('Registry.Deregister', { ID: second.ID })
  await isListed(Name, [moved])
}

/** Waits until a service is as well as that. */
async function becomes(registry: RegistryWorld, Name: string, health: string, when: string): Promise<void> {
  await eventually(registry.patienceMs, async () => {
    const { services, answer } = await registry.services(Name)
    const found = services.map(({ Health }) => Health)
    holds(sameJson(found, [health]), `${Name} to be ${health} ${when}`, writeJson(found), answer)
  })
}

async function checkProbes(registry: RegistryWorld): Promise<void> {
  let status = 503
  const server = createServer((_, response) => response.writeHead(status).end()).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const [http, tcp] = [registry.serviceName(), registry.serviceName()]
  const base = { Address: '127.0.0.1', Port: port }
  const interval = { IntervalSeconds: 1, TimeoutSeconds: 1 }
  const url = `http://127.0.0.1:${port}/health`
  try {
    await registry.register({ ...base, Name: http, ID: http, Check: { HTTP: url, ...interval } })
    const { services, answer } = await registry.services(http)
    holds(services[0]?.Health === 'critical', 'critical before a check has passed', writeJson(services), answer)
    await registry.register({ ...base, Name: tcp, ID: tcp, Check: { TCP: `127.0.0.1:${port}`, ...interval } })
    await becomes(registry, tcp, 'passing', 'when its port is open')
    await becomes(registry, http, 'critical', 'when it answers 503')
    status = 204
    await becomes(registry, http, 'passing', 'when it answers 204')
    status = 301
    await becomes(registry, http, 'critical', 'when it answers 301')
    status = 200
    await becomes(registry, http, 'passing', 'when it answers 200')
    await closed(server)
    await becomes(registry, tcp, 'critical', 'when its port is closed')
    await becomes(registry, http, 'critical', 'when nobody answers')
  } finally {
    await closed(server)
  }
}

async function checkSilence(registry: RegistryWorld): Promise<void> {
  const Name = registry.serviceName()
  const service = { Name, ID: Name, Address: '127.0.0.1', Port: 1, Check: { TTLSeconds: 1 } }
  await registry.register(service)
  await becomes(registry, Name, 'passing', 'when it has said so')
  let last = performance.now()
  await forSeconds(2.2, 125, async () => {
    const { services, answer } = await registry.services(Name)
    // A machine that was too busy to say so in time proves nothing.
    if (performance.now() - last < 600) {
      holds(services[0]?.Health === 'passing', 'passing for as long as it says so', writeJson(services), answer)
    }
    await registry.register(service)
    last = performance.now()
  })
  await becomes(registry, Name, 'critical', 'when it has not said that it is well')
  await registry.register(service)
  await becomes(registry, Name, 'passing', 'when it says so again')
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

export const registryServicePromises: readonly PluginPromise[] = [
  {
    interface: 'Registry',
    name: 'a service is listed as it was registered last, until it is deregistered',
    why: 'Proxies send requests to what is listed.',
    check: onRegistry(checkCatalogue),
  },
  {
    interface: 'Registry',
    name: 'a service with a check is passing from the first check that passes to the next that fails',
    why: 'Requests go to what is passing.',
    check: onRegistrySlowly(checkProbes),
  },
  {
    interface: 'Registry',
    name: 'a service that has to say that it is well is passing for as long as it does',
    why: 'Who was killed cannot say that he is unwell.',
    check: onRegistrySlowly(checkSilence),
  },
]
