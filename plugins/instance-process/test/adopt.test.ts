import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { waitUntil } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { countOf, endAllOf, foldersIn, open, sh, sleeper, table } from './support.js'

/** Rewrites the record of an instance behind the plugin's back, while none runs. */
function edit(dir: string, id: string, change: (record: Record<string, unknown>) => object): void {
  const path = join(dir, id, 'instance.json')
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)))
}

/** A process of nobody's, and whether it still lives. */
async function stranger(t: Test) {
  const child = spawn('sleep', ['100000'], { detached: true, stdio: 'ignore' })
  await once(child, 'spawn')
  t.teardown(() => child.kill('SIGKILL'))
  const identity = table.see(child.pid ?? 0)
  if (!identity) throw new Error('it did not start')
  return { ...identity, lives: () => table.lives(identity) }
}

t.test('a reused pid is never signalled; control: with the right start time it is', async (t) => {
  for (const right of [false, true]) {
    const { Pid, StartTime, lives } = await stranger(t)
    const first = await open(t)
    const id = await first.make(sleeper)
    await first.stop()
    await endAllOf(first.dir)
    const Supervisor = { Pid, StartTime: right ? StartTime : `1${StartTime}` }
    writeFileSync(join(first.dir, id, 'exit'), '')
    edit(first.dir, id, (record) => ({ ...record, Supervisor }))
    const second = await open(t, { dir: first.dir })
    if (!right) t.match(await second.describe(id), { State: 'failed' })
    await second.instance.destroy({ Instance: id })
    t.equal(lives(), !right)
    t.same(await second.ids(), [])
  }
})

t.test('an instance of before the machine was restarted has failed', async (t) => {
  const { lives, Pid, StartTime } = await stranger(t)
  const first = await open(t)
  const id = await first.make(sleeper)
  await first.stop()
  await endAllOf(first.dir)
  writeFileSync(join(first.dir, id, 'exit'), '')
  const [ticks] = StartTime.split('@')
  edit(first.dir, id, (record) => ({ ...record, Supervisor: { Pid, StartTime: `${ticks}@another-boot` } }))
  const second = await open(t, { dir: first.dir })
  t.match(await second.describe(id), { State: 'failed', StateReason: 'the machine was restarted' })
  await second.instance.destroy({ Instance: id })
  t.ok(lives())
})

t.test('what was half made is gone, and what was to be stopped is', async (t) => {
  const first = await open(t)
  const [half, starting, stopped, destroying, whole] = [
    await first.make(sleeper),
    await first.make(sleeper),
    await first.make(sh('trap "" TERM; setsid sleep 100000 & wait; sleep 100000')),
    await first.make(sleeper),
    await first.make(sleeper),
  ]
  await first.stop()
  await rm(join(first.dir, half, 'instance.json'))
  const phases = { [starting]: 'starting', [stopped]: 'stopped', [destroying]: 'destroying' }
  for (const [id, Phase] of Object.entries(phases))
    edit(first.dir, id, (record) => ({ ...record, Phase, StopGrace: '0s' }))
  edit(first.dir, stopped, (record) => ({ ...record, Spec: { Properties: { ...sleeper, StopGrace: '50ms' } } }))
  const { ids, describe, dir, lifecycle } = await open(t, { dir: first.dir })
  await waitUntil('the rest to be done', async () => countOf(dir) === 1 && (await ids()).length === 3)
  t.same(await ids(), [starting, stopped, whole].sort())
  t.same(await foldersIn(dir), [starting, stopped, whole].sort())
  t.equal((await describe(starting))?.State, 'stopped')
  t.equal((await describe(stopped))?.State, 'stopped')
  t.equal((await describe(whole))?.State, undefined)
  await lifecycle.start({ Instance: starting })
  t.ok(await waitUntil('its command', () => countOf(dir) === 2))
})

t.test('what runs without a record is ended when the plugin starts; what has other owners is not', async (t) => {
  const [first, other] = [await open(t), await open(t)]
  const id = await first.make(sleeper)
  const neighbour = await other.make(sleeper)
  await first.stop()
  const { Run } = JSON.parse(readFileSync(join(first.dir, id, 'instance.json'), 'utf8')) as { Run: string }
  edit(first.dir, id, (record) => ({ ...record, Run: Run.replace(/./g, '0') }))
  const { lives } = await stranger(t)
  const second = await open(t, { dir: first.dir })
  t.equal(countOf(first.dir), 0)
  t.match(await second.describe(id), { State: 'failed' })
  t.equal((await other.describe(neighbour))?.State, undefined)
  t.equal(countOf(other.dir), 1)
  t.ok(lives())
})
