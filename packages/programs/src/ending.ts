import { setTimeout as sleep } from 'node:timers/promises'
import { InfrakitError } from '@infrakit/spi'
import type { Identity, ProcessTable } from './process-table.js'

/** What is to end. */
export interface Target {
  /** For the error. */
  readonly name: string
  /** Leader of a session and process group; it counts only while it lives. */
  readonly leader: Identity | null
  /** Processes whose mark begins so belong to it as well, wherever they went. */
  readonly mark: string
}

export interface Manner {
  readonly signal: NodeJS.Signals
  /** Milliseconds until those that are left are killed. */
  readonly grace: number
}

const lookEvery = 10
/** How long the kernel may take to end what was killed; more means that it hangs inside a system call. */
const killPatience = 10_000

/** Processes of the target that live. What is not in the session and hides its environment is known only from `before`. */
export function membersOf(table: ProcessTable, { leader, mark }: Target, before: readonly Identity[] = []): Identity[] {
  const found = new Map<number, Identity>()
  const add = (one: Identity) => void found.set(one.Pid, one)
  const all = table.all()
  if (leader && table.lives(leader)) {
    for (const one of all) if (one.session === leader.Pid || one.group === leader.Pid) add(one)
  }
  for (const one of table.marked(mark, all)) add(one)
  for (const one of before) if (table.lives(one)) add(one)
  return [...found.values()]
}

/**
 * Ends all processes of the target: asks them by a signal, gives them time, and kills the rest. Returns once none is
 * left; at once when there is none. Throws `plugin-failed` when one cannot be killed.
 */
export async function endAll(table: ProcessTable, target: Target, { signal, grace }: Manner): Promise<void> {
  let left = membersOf(table, target)
  if (left.length > 0 && grace > 0) {
    ask(table, target, left, signal)
    await untilGone(table, left, grace)
    left = membersOf(table, target, left)
  }
  const end = performance.now() + killPatience
  while (left.length > 0) {
    if (performance.now() > end) throw cannotKill(target, left)
    for (const one of left) table.signal(one, 'SIGKILL')
    await untilGone(table, left, killPatience)
    // Once more: one of them may have made another while it was being killed.
    left = membersOf(table, target, left)
  }
}

/** The group at once, so that none sees another one die before; then those that left it. */
function ask(table: ProcessTable, { leader }: Target, members: readonly Identity[], signal: NodeJS.Signals): void {
  const led = leader && table.lives(leader) ? leader : undefined
  if (led) table.signal(led, signal, 'group')
  for (const one of members) if (table.see(one.Pid)?.group !== led?.Pid) table.signal(one, signal)
}

async function untilGone(table: ProcessTable, some: readonly Identity[], patience: number): Promise<void> {
  const end = performance.now() + patience
  while (some.some((one) => table.lives(one)) && performance.now() < end) await sleep(lookEvery)
}

function cannotKill({ name }: Target, left: readonly Identity[]): InfrakitError {
  const pids = left.map(({ Pid }) => Pid).join(', ')
  return new InfrakitError('plugin-failed', `cannot end ${name}: process ${pids} outlives SIGKILL`, {
    hint: 'It may belong to another user, or hang in the kernel; see: ps -o pid,user,stat,wchan,args.',
  })
}
