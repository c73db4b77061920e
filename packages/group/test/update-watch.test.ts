import t from 'tap'
import type { Member } from '../src/situation.js'
import { readSettings } from '../src/settings.js'
import type { GroupState } from '../src/state.js'
import { UpdateWatch } from '../src/update-watch.js'
import { spec } from './harness.js'

const settings = readSettings(spec({ updating: { Deadline: '10s' } }))
const revision = (Revision: number) => ({ Revision, Committed: '', Spec: spec(), ConfigHash: `hash${Revision}` })
const updating: GroupState = { ID: 'web', Revisions: [revision(1), revision(2)], Active: 2, LastGood: 1, Pending: [] }
const outdated = (count: number): Member[] =>
  Array.from({ length: count }, (_, i) => ({ id: `i${i}`, current: false, condition: 'healthy' }))

function watchAt(state: GroupState) {
  const clock = { time: 0, now: () => clock.time, date: () => new Date(0), boot: 'this' }
  return { clock, watch: new UpdateWatch(clock, state) }
}

t.test('too late after the deadline without progress; progress starts it anew', async (t) => {
  const { clock, watch } = watchAt(updating)
  t.equal(watch.progress(outdated(3), updating, settings), 'on time')
  clock.time = 9_000
  t.equal(watch.progress(outdated(2), updating, settings), 'on time')
  clock.time = 18_000
  t.equal(watch.progress(outdated(2), updating, settings), 'on time')
  clock.time = 19_000
  t.equal(watch.progress(outdated(2), updating, settings), 'too late')
})

t.test('a restart goes on with what was left, a reboot starts anew', async (t) => {
  const left = (Boot: string) => ({ ...updating, Deadline: { RemainingMs: 2_000, Boot } })
  for (const [boot, verdict] of [
    ['this', 'too late'],
    ['another', 'on time'],
  ] as const) {
    const { clock, watch } = watchAt(left(boot))
    watch.progress(outdated(3), updating, settings)
    clock.time = 3_000
    t.equal(watch.progress(outdated(3), updating, settings), verdict)
  }
  const { clock, watch } = watchAt(updating)
  watch.progress(outdated(3), updating, settings)
  clock.time = 4_000
  t.same(watch.remember(updating).Deadline, { RemainingMs: 6_000, Boot: 'this' })
})

t.test('no deadline where no update is under way', async (t) => {
  for (const state of [
    { ...updating, LastGood: 2 },
    { ...updating, Halted: { Reason: '', At: '' } },
    { ...updating, Destroying: true },
  ]) {
    const { clock, watch } = watchAt(state)
    watch.progress(outdated(3), state, settings)
    clock.time = 99_000
    t.equal(watch.progress(outdated(3), state, settings), 'on time')
    t.equal(watch.deadline, Infinity)
  }
})
