import { mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder, waitUntil, type Teardown } from '@infrakit/testing'
import t from 'tap'
import { watchFolder } from '../src/folder-watch.js'
import { open, put } from './support.js'

/** What is moved away is nobody's any more: it goes with the test. */
function moveAway(t: Teardown, dir: string): void {
  const away = `${dir}-away`
  t.teardown(() => rmSync(away, { recursive: true, force: true }))
  renameSync(dir, away)
}

t.test('a file deleted by hand is an event, without anybody asking', async (t) => {
  const { instance, dir, events } = await open(t)
  const { ID } = await instance.provision({ Spec: {} })
  await rm(join(dir, ID))
  await waitUntil('the event', () => events.includes(`destroyed ${ID}`))
  t.same(events, [`created ${ID}`, `destroyed ${ID}`])
})

t.test('files added and edited by hand are events', async (t) => {
  const { dir, events } = await open(t)
  await put(dir, 'instance-1', { Tags: { a: '1' } })
  await waitUntil('the first event', () => events.length === 1)
  await put(dir, 'instance-1', { Tags: { a: '2' } })
  await waitUntil('the second event', () => events.length >= 2)
  t.same(events, ['created instance-1', 'changed instance-1'])
})

t.test('what the plugin does itself is an event too, once each', async (t) => {
  const { instance, lifecycle, events } = await open(t)
  const { ID } = await instance.provision({ Spec: {} })
  await instance.label({ Instance: ID, Labels: { a: '1' } })
  await lifecycle.stop({ Instance: ID })
  await instance.destroy({ Instance: ID })
  const { ID: last } = await instance.provision({ Spec: {} })
  await waitUntil('all events', () => events.includes(`created ${last}`))
  t.same(events, [`created ${ID}`, `changed ${ID}`, `changed ${ID}`, `destroyed ${ID}`, `created ${last}`])
})

t.test('files that are no instances are no events', async (t) => {
  const { dir, events } = await open(t)
  writeFileSync(join(dir, 'notes.txt'), 'x')
  await put(dir, 'instance-1', {})
  await waitUntil('the event', () => events.length > 0)
  t.same(events, ['created instance-1'])
})

t.test('1000 files deleted in one go: an event for each', async (t) => {
  const { instance, dir, events } = await open(t)
  await Promise.all(Array.from({ length: 1000 }, () => instance.provision({ Spec: {} })))
  events.length = 0
  for (const { ID } of (await instance.describeInstances({})).Descriptions) rmSync(join(dir, ID))
  await waitUntil('all events', () => events.length === 1000)
  t.equal(new Set(events).size, 1000)
})

const replacements: Record<string, (dir: string, t: Teardown) => Promise<void> | void> = {
  'removed and made again at once': (dir) => {
    rmSync(dir, { recursive: true })
    mkdirSync(dir)
  },
  'removed and made again later': async (dir) => {
    await rm(dir, { recursive: true })
    await new Promise((resolve) => setImmediate(resolve))
    await mkdir(dir)
  },
  'moved away and made again': (dir, t) => {
    moveAway(t, dir)
    mkdirSync(dir)
  },
}

for (const [what, replace] of Object.entries(replacements)) {
  t.test(`folder ${what}: its instances are gone, and the new one is watched`, async (t) => {
    const { dir, events, instance } = await open(t)
    const { ID } = await instance.provision({ Spec: {} })
    await replace(dir, t)
    await waitUntil('the loss to be told', () => events.includes(`destroyed ${ID}`))
    // Longer than all looks that the loss itself brought about: only a living watcher, or one 30 s later, sees these.
    for (const id of ['instance-1', 'instance-2', 'instance-3']) {
      await put(dir, id, {})
      await waitUntil(`${id} to be told`, () => events.includes(`created ${id}`))
      await rm(join(dir, id))
      await waitUntil(`the end of ${id} to be told`, () => events.includes(`destroyed ${id}`))
    }
    t.pass('all were told')
  })
}

t.test('folder moved away and made again after a while: seen, and logged once', async (t) => {
  const { dir, events, warnings, instance } = await open(t)
  const { ID } = await instance.provision({ Spec: {} })
  moveAway(t, dir)
  await waitUntil('the plugin to notice', () => warnings.some((line) => line.includes('could not')))
  t.same(events, [`created ${ID}`], 'unknown is not gone')
  await mkdir(dir)
  await waitUntil('the loss to be told', () => events.includes(`destroyed ${ID}`))
  t.ok(warnings.length <= 3, warnings.join('\n'))
})

t.test('an instance that stays half written is told as failed without anybody asking', async (t) => {
  const { dir, events, warnings, instance } = await open(t)
  const { ID } = await instance.provision({ Spec: {} })
  await put(dir, ID, '{"Tags": {')
  await waitUntil('the warning', () => warnings.some((line) => line.includes('not readable')))
  t.match((await instance.describeInstances({})).Descriptions, [{ ID, State: 'failed' }])
  t.equal(events[0], `created ${ID}`)
})

t.test('a folder that is not there is looked at every second until it is', async (t) => {
  const dir = join(await temporaryFolder(t), 'later')
  let looks = 0
  let complaints = 0
  const touched: string[] = []
  const watching = watchFolder(dir, {
    look: () => void looks++,
    touched: (name) => void touched.push(name),
    unwatched: () => void complaints++,
  })
  t.teardown(() => watching.close())
  await waitUntil('two looks', () => looks >= 2)
  t.ok(complaints >= 2)
  await mkdir(dir)
  await waitUntil('a change in it', async () => {
    await put(dir, 'instance-1', String(looks))
    return touched.includes('instance-1')
  })
})

t.test('a change of the folder’s rights does no harm', async (t) => {
  const { dir, events } = await open(t)
  await chmod(dir, 0o755)
  await put(dir, 'instance-1', {})
  await waitUntil('the event', () => events.includes('created instance-1'))
})

t.test('once closed nothing is told any more', async (t) => {
  const dir = await temporaryFolder(t)
  let told = 0
  const listener = { look: () => void told++, touched: () => void told++, unwatched: () => void told++ }
  const watching = watchFolder(dir, listener)
  const control = await open(t, { dir })
  watching.lookIn(1)
  watching.close()
  watching.lookIn(1)
  await put(dir, 'instance-1', {})
  await waitUntil('another watcher to be told', () => control.events.includes('created instance-1'))
  t.equal(told, 0)
})

/** A watch by itself, and the names that it told. */
async function watched(t: Teardown) {
  const dir = await temporaryFolder(t)
  const told: string[] = []
  const watching = watchFolder(dir, {
    touched: (name) => told.push(name),
    look: () => undefined,
    unwatched: () => undefined,
  })
  t.teardown(() => watching.close())
  watching.looked()
  return { dir, told, watching }
}

const linux = { skip: process.platform === 'linux' ? false : 'only Linux says how many changes it remembers' }

t.test('what has happened is told before it is said that all was told', linux, async (t) => {
  const { dir, told, watching } = await watched(t)
  for (let index = 0; index < 100; index++) {
    writeFileSync(join(dir, `file-${index}`), 'x')
    t.equal(await watching.toldAll(), true)
    t.ok(told.includes(`file-${index}`))
  }
})

t.test('more than the system remembers: it is not said that all was told, until after a look', linux, async (t) => {
  const { dir, told, watching } = await watched(t)
  const queue = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'))
  for (const name of ['file-0', 'file-1']) writeFileSync(join(dir, name), 'x')
  // By turns, because the same change twice in a row is remembered as one.
  for (let index = 0; index <= queue; index++) utimesSync(join(dir, `file-${index % 2}`), 1, 1)
  writeFileSync(join(dir, 'last'), 'x')
  t.equal(await watching.toldAll(), false)
  t.notOk(told.includes('last'), 'control: it was indeed forgotten')
  watching.looked()
  t.equal(await watching.toldAll(), true)
})

t.test('a watch that is not alive, or was just begun, says nothing of the past', linux, async (t) => {
  const { dir, watching } = await watched(t)
  moveAway(t, dir)
  t.equal(await watching.toldAll(), false)
  mkdirSync(dir)
  t.equal(await watching.toldAll(), false)
})
