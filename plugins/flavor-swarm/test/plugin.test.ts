import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { rejection, skipFor, temporaryFolder, waitUntil } from '@infrakit/testing'
import { linkedEngines, ownSwarm, unique, type LinkedEngine } from '@infrakit/testing/engine'
import { health, kindOf, type PrepareRequest, type Tags } from '@infrakit/spi'
import t, { type Test } from 'tap'
import { flavorFor } from './support.js'

const skip = skipFor(['docker', 'dockerd', 'ip'])

const hosts = (engines: readonly LinkedEngine[]) => ({ Docker: { Hosts: engines.map(({ path }) => `unix://${path}`) } })

/** The request for an instance of a group of three, under a key of its own. */
function request(Properties: object, id: string | null = null, key = unique('key')): PrepareRequest {
  const Tags = { 'infrakit.group': 'g', 'infrakit.provision': key }
  const Allocation = { Size: 0, LogicalIDs: ['m1', 'm2', 'm3'] }
  return { Properties, Spec: { Init: '', LogicalID: id, Tags }, Allocation, Index: { Group: 'g', Sequence: 0 } }
}

/** Something that takes connections, or just keeps them. */
async function listening(t: Test, path?: string): Promise<Server> {
  const server = createServer((socket) => t.teardown(() => socket.destroy()))
  server.listen(...((path === undefined ? [0, '127.0.0.1'] : [path]) as [number, string]))
  await once(server, 'listening')
  t.teardown(() => server.close())
  return server
}

t.test('scripts, as they are for a swarm that is there', { skip }, async (t) => {
  const [engine] = await ownSwarm(t, 1)
  if (!engine) throw new Error('one engine')
  const id = engine.docker('info', '--format', '{{.Swarm.Cluster.ID}}')
  const token = (role: string) => engine.docker('swarm', 'join-token', '--quiet', role)
  const properties = { ...hosts([engine]), SwarmJoinIP: 'm1', EngineLabels: { tier: 'app' } }
  const manager = await flavorFor(t)
  const worker = await flavorFor(t, { role: 'worker' })

  const { Spec } = await worker.prepare(request(properties, null, 'k'))
  t.match(Spec.Tags, { 'infrakit.group': 'g', 'swarm-id': id, 'infrakit-link-context': `swarm::${id}::worker` })
  t.match(Spec.Init, `docker swarm join --token '${token('worker')}' '${engine.address}:2377'`)
  t.match(Spec.Init, `"infrakit-link=${Spec.Tags?.['infrakit-link']}"`)
  t.match(Spec.Init, '"tier=app"')
  t.notMatch(Spec.Init, /swarm init/)
  t.same((await worker.prepare(request(properties, null, 'k'))).Spec, Spec, 'the same again')
  t.not((await worker.prepare(request(properties))).Spec.Tags?.['infrakit-link'], Spec.Tags?.['infrakit-link'])

  const first = (await manager.prepare(request({ ...properties, AdvertiseAddr: 'eth1' }, 'm1'))).Spec.Init ?? ''
  t.notMatch(first, /swarm init/, 'the first one joins as well where there is a swarm')
  t.match(first, `docker swarm join --advertise-addr 'eth1' --token '${token('manager')}'`)
  t.match(first, `--filter 'label=infrakit-member=g/m1'`)
  t.equal(await manager.memory.recall('g', 'm1'), id, 'and the swarm is noted')

  const shown = `{{ SPEC.SwarmJoinIP }} {{ INSTANCE_LOGICAL_ID }} {{ SWARM_CLUSTER_ID }} {{ SWARM_INITIALIZED }} {{ SWARM_JOIN_TOKENS.Worker }} {{ SWARM_CONNECT_RETRIES 3 "1s" }}{{ len ALLOCATIONS.LogicalIDs }} {{ INDEX.Group }} {{ .Group }} {{ SWARM_MANAGER_ADDR }}`
  const own = await flavorFor(t, { content: shown })
  const templated = await own.prepare(request({ ...properties, InitScriptTemplateURL: 'file:///x' }, 'm2'))
  t.equal(templated.Spec.Init, `m1 m2 ${id} true ${token('worker')} 3 g g ${engine.address}:2377`)
  t.same(await own.resolve({ Properties: { ...properties, InitScriptTemplateURL: 'file:///x' } }), {
    Resolved: { InitScript: shown },
  })
  t.match(
    await rejection(
      (await flavorFor(t, { content: '{{ NOPE }}' })).validate({
        Properties: { ...properties, InitScriptTemplateURL: 'x' },
      }),
    ),
    {
      kind: 'input',
      message: /InitScriptTemplateURL: line 1: {{ NOPE }} is not supported/,
    },
  )
})

t.test('a swarm is made once', async (t) => {
  const nobody = `unix://${await temporaryFolder(t)}/none.sock`
  const properties = { Docker: { Host: nobody }, SwarmJoinIP: 'm1' }
  const manager = await flavorFor(t)
  const { Spec } = await manager.prepare(request(properties, 'm1'))
  t.match(Spec.Init, /docker swarm init > \/dev\/null/)
  t.notMatch(Spec.Init, /swarm join /)
  t.match(Spec.Tags, { 'infrakit-link-context': 'swarm::?::manager' })
  t.match(await rejection(manager.prepare(request(properties, 'm2'))), {
    kind: 'unavailable',
    message: /there is no swarm that can be asked yet: unix:.*none\.sock: connect ENOENT/,
    hint: /SwarmJoinIP/,
  })
  const worker = await flavorFor(t, { role: 'worker' })
  t.match(await rejection(worker.prepare(request(properties))), { kind: 'unavailable' })

  await manager.memory.note('g', 'm1', 'first-swarm')
  t.match(await rejection(manager.prepare(request(properties, 'm1'))), {
    kind: 'unavailable',
    message: /none of the engines .* can be asked about swarm first-swarm/,
    hint: /force-new-cluster.*swarms\/g%3Am1\.json/,
  })
  const again = await flavorFor(t, { dir: manager.dir })
  t.match(await rejection(again.prepare(request(properties, 'm1'))), { kind: 'unavailable' }, 'also after a restart')
  t.match(await rejection(again.memory.note('g', 'm1', 'second-swarm')), { kind: 'conflict' })
  const alone = { ...request(properties, 'm1'), Allocation: { Size: 0, LogicalIDs: ['m1'] } }
  t.match((await again.prepare(alone)).Spec.Init, /swarm init/, 'one that is alone takes its swarm along')
  await again.memory.forget('g', 'm1')
  t.match((await again.prepare(request(properties, 'm1'))).Spec.Init, /swarm init/)
})

t.test('none is made where there may be one that cannot be asked', async (t) => {
  const folder = await temporaryFolder(t)
  const manager = await flavorFor(t)
  await listening(t, `${folder}/mute.sock`)
  const mute = { Docker: { Host: `unix://${folder}/mute.sock` }, SwarmJoinIP: 'm1' }
  t.match(await rejection(manager.prepare(request(mute, 'm1'))), {
    kind: 'unavailable',
    message: /there may be a swarm already.*does not say: .*no answer/,
  })
  // A manager's port is the same everywhere, so an address of this machine that nothing else has stands for it.
  const server = createServer((socket) => socket.destroy())
  const address = `127.${1 + Math.floor(Math.random() * 250)}.${Math.floor(Math.random() * 250)}.7`
  server.listen(2377, address)
  t.teardown(() => server.close())
  // Where this machine's own engine is a manager, that answers at all addresses.
  await once(server, 'listening').catch((error: unknown) => t.match(error, { code: 'EADDRINUSE' }))
  const away = { Docker: { Host: `unix://${folder}/none.sock` }, SwarmJoinIP: 'm1' }
  const allocated = { ...request(away, 'm1'), Allocation: { Size: 0, LogicalIDs: ['m1', address, 'm3'] } }
  t.match(await rejection(manager.prepare(allocated)), { message: new RegExp(`a manager answers at ${address}:2377`) })
})

/** A swarm of managers, each of which has a link: `L1`, ... */
async function linkedSwarm(t: Test, count: number): Promise<LinkedEngine[]> {
  const engines = await linkedEngines(t, count)
  const links = engines.map(async (engine, at) => {
    await engine.start()
    const folder = dirname(engine.path)
    const file = join(folder, 'daemon.json')
    const settings = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : {}
    writeFileSync(file, JSON.stringify({ ...settings, labels: [`infrakit-link=L${at + 1}`] }))
    process.kill(Number(readFileSync(join(folder, 'docker.pid'), 'utf8')), 'SIGHUP')
    await waitUntil('its label', () => engine.docker('info', '--format', '{{.Labels}}').includes('infrakit-link'))
  })
  await Promise.all(links)
  const [first, ...others] = engines
  first?.docker('swarm', 'init', '--advertise-addr', first.address)
  const token = first?.docker('swarm', 'join-token', '--quiet', 'manager') ?? ''
  for (const one of others) {
    one.docker('swarm', 'join', '--token', token, '--advertise-addr', one.address, `${first?.address}:2377`)
  }
  return engines
}

const needsConfigFile =
  skip || (existsSync('/etc/docker/daemon.json') ? 'engines of tests would take /etc/docker' : false)

t.test('nodes are judged, drained and taken out', { skip: needsConfigFile }, async (t) => {
  const engines = await linkedSwarm(t, 3)
  const [one, two, three] = engines
  if (!one || !two || !three) throw new Error('three engines')
  const swarm = one.docker('info', '--format', '{{.Swarm.Cluster.ID}}')
  const manager = await flavorFor(t)
  const Properties = { ...hosts(engines), SwarmJoinIP: 'm1' }
  const instance = (link: string, more: Tags = {}) => ({
    ID: link,
    Tags: { 'infrakit-link': link, 'infrakit.group': 'g', ...more },
  })
  const judged = (link: string, more?: Tags) => manager.healthy({ Properties, Instance: instance(link, more) })
  const drained = (link: string, some = engines) =>
    manager.drain({ Properties: { ...Properties, ...hosts(some) }, Instance: instance(link) })
  /** As a group does it: again while there is no leader, or an engine that was demoted a moment ago still counts itself among the managers. */
  const drainedAtLast = (link: string, some = engines) =>
    waitUntil(
      `${link} to be drained`,
      () =>
        drained(link, some).then(
          () => true,
          (error: unknown) => {
            if (kindOf(error) !== 'unavailable') throw error
            return false
          },
        ),
      60_000,
    )
  const listed = () => one.docker('node', 'ls', '--format', '{{.Hostname}} {{.ManagerStatus}}').split('\n').sort()

  const isHealthy = async () => (await judged('L3', { 'swarm-id': swarm })).Health === health.healthy
  await waitUntil('a healthy manager', isHealthy, 30_000)
  t.equal(await manager.memory.recall('g', 'm1'), undefined)
  t.match(await judged('L1'), { Health: health.healthy })
  t.equal(await manager.memory.recall('g', 'm1'), swarm, 'whoever made the swarm is one of it, and it is noted')
  t.match(await judged('L9'), { Health: health.unknown, Reason: /no node has the label infrakit-link=L9 yet/ })
  t.match(await judged('L1', { 'swarm-id': 'x' }), { Health: health.unknown, Reason: /it is in swarm x, and/ })
  const unlinked = { Properties, Instance: { ID: 'i' } }
  t.match(await manager.healthy(unlinked), { Health: health.unhealthy, Reason: /never was prepared/ })
  await manager.drain(unlinked)

  // Most of them are lost for a while: nobody is judged, nothing is drained, and no other swarm is made.
  // Each time by a flavor that remembers nothing of it.
  const stranger = async (properties: object) => rejection((await flavorFor(t)).prepare(request(properties, 'm1')))
  const lost = [two, three]
  lost.forEach((engine) => engine.pause())
  const refusals: string[] = []
  const leaderless = async () => {
    const error = await stranger(Properties).catch(() => undefined)
    if (error instanceof Error) refusals.push(error.message)
    return refusals.length > 0
  }
  await waitUntil('nobody to lead', leaderless, 60_000)
  for (const words of refusals)
    t.match(words, /there may be a swarm already|does not have a leader|no answer|deadline/i)
  const answer = await judged('L1').catch(() => ({ Health: health.unknown }))
  t.equal(answer.Health, health.unknown)
  t.match(await rejection(drained('L2')), { kind: /unavailable|timeout/ })
  lost.forEach((engine) => engine.goOn())
  await waitUntil('a leader', isHealthy, 60_000)

  await drainedAtLast('L3')
  t.match(listed(), [/^node-1 /, /^node-2 ?/], 'the manager was demoted and removed')
  await drainedAtLast('L3')
  await drained('L2', [two])
  t.match(manager.logged.at(-1), /demoted itself/)
  const isWorker = () =>
    two.docker('info', '--format', '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}') === 'active false'
  await waitUntil('its engine to know that it is a worker', isWorker, 60_000)
  await waitUntil('the swarm to know it', () => /^node-1 Leader\nnode-2 ?$/.test(listed().join('\n')), 60_000)
  const alone = { Properties: { ...Properties, ...hosts([two]) }, Instance: instance('L1') }
  t.match(await manager.healthy(alone), { Health: health.unknown, Reason: /no manager can be asked: .*: a worker/ })
  t.match(await rejection(manager.drain(alone)), { kind: 'unavailable', message: /a worker/ })
  t.match(await stranger(alone.Properties), { message: /the engine at .* is in one/ })
  await drainedAtLast('L1')
  t.match(manager.logged.at(-1), /the last manager is not taken out/)
  t.equal(await manager.memory.recall('g', 'm1'), undefined, 'its swarm is forgotten')
  one.docker('swarm', 'leave', '--force')
  await drainedAtLast('L1', [one])
})
