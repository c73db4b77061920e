import t from 'tap'
import { skipFor, rejection, waitUntil } from '@infrakit/testing'
import { docker, needsDocker, ownEngine, testImage, unique, variant, type OwnEngine } from '@infrakit/testing/engine'
import { tag } from '@infrakit/spi'
import { execFileSync } from 'node:child_process'
import { serve, waits, type Served } from '../support.js'

const root = process.getuid?.() === 0 ? false : 'needs to be root, to run an engine'
const skip = root || needsDocker.skip || skipFor(['dockerd', 'nsenter', 'ip'])

function load(image: string, { path }: OwnEngine): void {
  execFileSync('sh', ['-c', 'docker save "$0" | docker -H "unix://$1" load --quiet', image, path])
}

/** Where instances are, by host. */
async function places({ list }: Served): Promise<Record<string, string[]>> {
  const hosts: Record<string, string[]> = {}
  for (const { ID, Properties } of await list()) (hosts[(Properties as { Host: string }).Host] ??= []).push(ID)
  return hosts
}

t.test('two engines', { skip }, async (t) => {
  const image = testImage('busybox')
  const own = await ownEngine(t, { args: ['--label', 'zone=far', '--label', 'disk=ssd'] })
  await own.start()
  load(image, own)
  const local = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock'
  const args = ['--host', `near=${local}`, '--host', `far=unix://${own.path}`]
  const plugin = await serve(t, { args })
  const { instance } = plugin
  const properties = { image, command: waits, network_mode: 'none', stop_grace_period: '1s' }
  const spec = (key: string, group: string, more: object = {}) => ({
    Spec: { Properties: { ...properties, ...more }, Tags: { [tag.provision]: key, [tag.group]: group } },
  })
  const ids = async (group: string) => {
    const listed = await instance.describeInstances({ Tags: { [tag.group]: group } })
    return listed.Descriptions.map(({ ID }) => ID).sort()
  }

  await t.test('instances are spread, also those that are made at once', async (t) => {
    await Promise.all([1, 2, 3, 4].map((n) => instance.provision(spec(`spread-${n}`, 'web'))))
    const { near, far } = await places(plugin)
    t.same([near?.length, far?.length], [2, 2])
    t.equal((await ids('web')).length, 4)
  })

  await t.test('labels of engines are minded, and what nobody has is said', async (t) => {
    const Placement = { Labels: { zone: 'far', disk: 'ssd' } }
    const { ID } = await instance.provision(spec('labelled', 'db', { Placement }))
    t.match((await plugin.describe(ID))?.Properties, { Host: 'far' })
    const nowhere = spec('nowhere', 'db', { Placement: { Labels: { zone: 'moon' } } })
    t.match(await rejection(instance.provision(nowhere)), { message: /has the label zone=moon: near, far/ })
    await instance.destroy({ Instance: ID })
    t.same(await ids('db'), [])
  })

  await t.test('what is prepared is on each engine where it may be needed', async (t) => {
    const only = variant(t, image)
    load(only, own)
    const Placement = { Labels: { zone: 'far' } }
    const never = { ...properties, image: only, pull_policy: 'never' }
    docker('rmi', '--force', only)
    await plugin.prepare.prepare({ Properties: { ...never, Placement } })
    const missing = await rejection(plugin.prepare.prepare({ Properties: never }))
    t.match(missing, { kind: 'not-found', message: /there is no image .*variant/ }, 'the near engine has lost it')
    const nowhere = { ...properties, Placement: { Labels: { zone: 'moon' } } }
    const unplaced = await rejection(plugin.prepare.prepare({ Properties: nowhere }))
    t.match(unplaced, { kind: 'unavailable', message: /has the label zone=moon/ })
  })

  await t.test('binpack fills one host', async (t) => {
    const Placement = { Strategy: 'binpack' }
    for (const n of [1, 2, 3]) await instance.provision(spec(`pack-${n}`, 'pack', { Placement, mem_limit: '16m' }))
    const { Descriptions } = await instance.describeInstances({ Tags: { [tag.group]: 'pack' }, Properties: true })
    t.equal(new Set(Descriptions.map(({ Properties }) => (Properties as { Host: string }).Host)).size, 1)
    const huge = spec('huge', 'pack', { Placement, mem_limit: '900g' })
    t.match(await rejection(instance.provision(huge)), { message: /no host has room/ })
    for (const ID of await ids('pack')) await instance.destroy({ Instance: ID })
  })

  await t.test('one that is cut off is told as such, and nothing of it is taken for gone', async (t) => {
    const before = await places(plugin)
    own.pause()
    const unreachable = async () => (await instance.describeInstances({})).Unreachable ?? []
    const told = await waitUntil('it to be told', async () => (await unreachable())[0], 60_000)
    t.match(told, { Host: 'far', Since: /^\d{4}-.*Z$/ })
    t.same((await places(plugin)).near?.sort(), before.near?.sort(), 'the other one is seen as before')
    const [away = ''] = before.far ?? []
    t.match(await rejection(instance.destroy({ Instance: away })), {
      kind: 'unavailable',
      message: /on far, which cannot/,
    })
    const { ID } = await instance.provision(spec('meanwhile', 'web'))
    t.match((await plugin.describe(ID))?.Properties, { Host: 'near' }, 'what is new goes elsewhere')
    const labelled = spec('elsewhere', 'db', { Placement: { Labels: { zone: 'far' } } })
    t.match(await rejection(instance.provision(labelled)), {
      message: /no host that can be reached has the label zone=far/,
    })
    own.goOn()
    await waitUntil('it to be back', async () => (await unreachable()).length === 0, 60_000)
    t.same((await places(plugin)).far?.sort(), before.far?.sort(), 'all that it had is there')
    await instance.destroy({ Instance: ID })
  })

  await t.test('a key that was begun on a host that is away is not made a second time', async (t) => {
    const far = spec('once', 'pet', { Placement: { Labels: { zone: 'far' } } })
    const { ID } = await instance.provision(far)
    await own.end('SIGKILL')
    await waitUntil(
      'it to be away',
      async () => (await instance.describeInstances({})).Unreachable?.length === 1,
      60_000,
    )
    // Anywhere: only what was noted can say where it was begun.
    const again = spec('once', 'pet')
    t.match(await rejection(instance.provision(again)), { kind: 'unavailable', message: /begun on far, which cannot/ })
    const restarted = await plugin.again('SIGTERM', { args })
    t.match(await rejection(restarted.instance.provision(again)), { message: /begun on far/ }, 'also after a restart')
    await own.start()
    await waitUntil('it to be back', async () => !(await restarted.instance.describeInstances({})).Unreachable, 60_000)
    t.equal((await restarted.instance.provision(again)).ID, ID, 'it is the same one')
    for (const one of await restarted.ids()) await restarted.instance.destroy({ Instance: one })
  })
})

t.test('no engine at all: why, for each', { skip: needsDocker.skip }, async (t) => {
  const [a, b] = [`unix:///nowhere/${unique('a')}`, `unix:///nowhere/${unique('b')}`]
  const { instance } = await serve(t, { args: ['--host', `a=${a}`, '--host', `b=${b}`] })
  t.match(await rejection(instance.describeInstances({})), {
    kind: 'unavailable',
    message: /none of the hosts can be reached: a: .*; b: .*/,
    hint: /engines run/,
  })
  t.ok(docker('version'), 'which is not because there is none')
})
