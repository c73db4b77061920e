import { execFileSync, spawnSync } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startProcess, temporaryFolder, waitUntil, type Teardown } from '@infrakit/testing'
import t from 'tap'
import { instancesOn, open, put, rejection, withRights } from './support.js'

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}.js`, import.meta.url))

/** When a kill strikes is chance: so often it is tried until one has struck in the middle of a write. */
const mostRounds = 20

/** Kills a process that provisions, and says how many instances it left, and which of them are not whole. */
async function killWhileProvisioning(t: Teardown, dir: string, how: string) {
  const enough = (await readdir(dir).catch(() => [])).length + 50
  const child = startProcess(t, fixture('provision-forever'), [dir, how])
  await waitUntil('some instances', async () => (await readdir(dir)).length > enough)
  await child.end('SIGKILL')
  const ids = await instancesOn(dir)
  const texts = await Promise.all(ids.map((id) => readFile(join(dir, id), 'utf8')))
  const broken = ids.filter((_, i) => !texts[i]?.endsWith('}\n'))
  return { ids, broken }
}

t.test('kill -9 during provisions leaves no half files', async (t) => {
  const dir = join(await temporaryFolder(t), 'i')
  let leftovers = 0
  for (let round = 0; round < 5 || (leftovers === 0 && round < mostRounds); round++) {
    const { ids, broken } = await killWhileProvisioning(t, dir, 'carefully')
    t.ok(ids.length > 0)
    t.same(broken, [])
    leftovers += (await readdir(dir)).filter((name) => name.startsWith('.tmp-')).length
  }
  t.ok(leftovers > 0, 'it was killed in the middle of a write')
  const { instance } = await open(t, { dir })
  const { Descriptions } = await instance.describeInstances({ Tags: { a: '1' } })
  t.same(
    Descriptions.map((one) => one.ID),
    await instancesOn(dir),
    'all of them are understood',
  )
  t.same(
    (await readdir(dir)).filter((name) => name.startsWith('.tmp-')),
    [],
    'what was left over is cleared',
  )
})

t.test('control: a plugin that writes in place does leave half files', async (t) => {
  const dir = join(await temporaryFolder(t), 'i')
  let halves = 0
  for (let round = 0; halves === 0 && round < mostRounds; round++) {
    halves = (await killWhileProvisioning(t, dir, 'careless')).broken.length
  }
  t.ok(halves > 0)
})

t.test('file descriptors used up: unavailable, never a short list', async (t) => {
  const dir = join(await temporaryFolder(t), 'i')
  await mkdir(dir)
  await put(dir, 'instance-1', { Tags: { a: '1' } })
  await put(dir, 'other', { Tags: { a: '2' } })
  const both = [
    { ID: 'instance-1', Tags: { a: '1' } },
    { ID: 'instance-2', Tags: { a: '2' } },
  ]
  const command = `ulimit -n 300; exec "${process.execPath}" "${fixture('few-descriptors')}" "${dir}"`
  const { stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8', env: { PATH: process.env['PATH'] } })
  t.equal(stderr, '')
  t.match(JSON.parse(stdout), {
    known: { Descriptions: both.slice(0, 1) },
    without: { kind: 'unavailable', message: /EMFILE/, hint: /ulimit -n/ },
    provisioned: { kind: /unavailable|plugin-failed/, message: /EMFILE/ },
    after: { Descriptions: both },
  })
  t.same(await instancesOn(dir), ['instance-1', 'instance-2'])
})

t.test('read-only folder: changes fail with advice, answers go on', async (t) => {
  const { instance, dir, ids } = await open(t)
  const { ID } = await instance.provision({ Spec: { Tags: { a: '1' } } })
  await chmod(join(dir, ID), 0o644)
  await withRights(dir, 0o500, async () => {
    for (const call of [
      () => instance.provision({ Spec: {} }),
      () => instance.label({ Instance: ID, Labels: { a: '2' } }),
      () => instance.destroy({ Instance: ID }),
    ]) {
      t.match(await rejection(call()), { kind: 'plugin-failed', message: /EACCES/, hint: /Check who owns the folder/ })
    }
    t.same(await ids({ a: '1' }), [ID])
  })
  t.same(await ids(), [ID])
  await instance.destroy({ Instance: ID })
  t.same(await ids(), [])
})

t.test('a folder that may not be listed: unavailable, not empty', async (t) => {
  const { instance, dir } = await open(t)
  await instance.provision({ Spec: {} })
  const error = await withRights(dir, 0o000, () => rejection(instance.describeInstances({})))
  t.match(error, { kind: 'unavailable', message: /EACCES/, hint: /right to read/ })
})

t.test('one file that may not be read: unavailable, not left out', async (t) => {
  const { instance, dir, ids } = await open(t)
  await put(dir, 'instance-1', {})
  await put(dir, 'instance-2', {})
  await chmod(join(dir, 'instance-2'), 0o000)
  await withRights(dir, 0o700, async () => {
    t.match(await rejection(instance.describeInstances({})), { kind: 'unavailable', message: /instance-2: EACCES/ })
    const keyed = { Spec: { Tags: { 'infrakit.provision': 'k' } } }
    t.match(await rejection(instance.provision(keyed)), { kind: 'unavailable' }, 'the key might be in that file')
  })
  await chmod(join(dir, 'instance-2'), 0o600)
  t.same(await ids(), ['instance-1', 'instance-2'])
})

function mounted(t: Teardown, dir: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', dir], { stdio: 'ignore' })
  } catch {
    return false
  }
  t.teardown(() => execFileSync('umount', ['-l', dir]))
  return true
}

t.test('disk full: provision fails with advice and leaves nothing, destroy makes room', async (t) => {
  const dir = join(await temporaryFolder(t), 'small')
  await mkdir(dir)
  if (!mounted(t, dir)) {
    t.pass('skipped: needs the right to mount')
    return
  }
  const { instance, ids } = await open(t, { dir })
  const Spec = { Properties: { text: 'x'.repeat(10_000) } }
  const made: string[] = []
  const fill = async () => {
    for (;;) made.push((await instance.provision({ Spec })).ID)
  }
  t.match(await rejection(fill()), { kind: 'plugin-failed', message: /ENOSPC/, hint: /Free some space/ })
  t.ok(made.length > 0)
  t.same(await ids(), made.sort())
  t.same(
    (await readdir(dir)).filter((name) => name.startsWith('.tmp-')),
    [],
  )
  await instance.destroy({ Instance: made[0] ?? '' })
  const { ID } = await instance.provision({ Spec })
  t.same(await ids(), [...made.slice(1), ID].sort())
})

t.test('a write that fails after the file is in place: nothing is left', async (t) => {
  const { instance, dir } = await open(t, {
    write: async (path, data) => {
      await writeFile(path, data)
      throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' })
    },
  })
  const error = await rejection(instance.provision({ Spec: {} }))
  t.match(error, { kind: 'plugin-failed', message: /cannot provision instance-\d+: EIO/ })
  t.same(await instancesOn(dir), [])
})

t.test('deleted by hand in the middle of everything: never a wrong answer', async (t) => {
  const { instance, dir, ids } = await open(t)
  for (let round = 0; round < 20; round++) {
    const made = await Promise.all(Array.from({ length: 10 }, () => instance.provision({ Spec: {} })))
    const [first, ...others] = made.map((one) => one.ID)
    await Promise.allSettled([
      rm(join(dir, first ?? '')),
      ...others.slice(0, 5).map((Instance) => instance.destroy({ Instance })),
      ...others.slice(5).map((Instance) => instance.label({ Instance, Labels: { round: String(round) } })),
    ])
    t.same(await ids(), await instancesOn(dir))
  }
})
