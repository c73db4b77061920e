import {
  InfrakitError,
  kindOf,
  messageOf,
  type GroupDescription,
  type GroupProperties,
  type GroupSpec,
} from '@infrakit/spi'
import type { Action } from '../actions.js'
import { descriptionOf } from '../description-of.js'
import type { Performing } from '../executor.js'
import type { GroupPort, Ports } from '../ports.js'
import { diagnose, Diagnosed, progressOf } from './diagnosis.js'
import { Hints } from './hints.js'

type Of<T extends Action['Type']> = Extract<Action, { Type: T }>

/** A group is looked at this often when nothing tells of it (ms). */
const lookMs = 500
/** Members that could not be made so often will not be made. */
const mostFailures = 3
/** What the group plugin says of members that come and go. */
const doNotLast = 'new members do not last'
const couldNotCreate = 'could not create an instance'

export async function commit(ports: Ports, { Plugin, Spec }: Of<'commit'>, { tenure }: Performing): Promise<void> {
  const { group } = await ports.group(Plugin)
  await group.commitGroup({ Spec, Fence: tenure.fence })
}

/** Waits until the group is as it was asked for. Throws with what keeps it from that, once it is plain or the time is up. */
export async function converge(ports: Ports, action: Of<'converge'>, performing: Performing): Promise<void> {
  const { Plugin, Group, Size, Seconds } = action
  const failures = new Set<string>()
  await untilSo(ports, { Plugin, Group, Seconds }, performing, async (port, late) => {
    const { Description } = await port.group.describeGroup({ ID: Group }, { signal: performing.signal })
    if (Description.Converged && Description.Size === Size) return true
    performing.doing(progressOf(Description, Size))
    const why = hopeless(Description, failures) ?? (late ? `not healthy within ${Seconds}s` : undefined)
    if (why !== undefined) {
      throw new Diagnosed(late ? 'timeout' : 'plugin-failed', `${Group}: ${why}`, diagnose(Description))
    }
    return false
  })
}

/** Why waiting for the group would be in vain, if it would. */
function hopeless({ Status, LastFailure }: GroupDescription, failures: Set<string>): string | undefined {
  if (Status === 'halted') return `its update was given up: ${LastFailure?.Message ?? ''}`
  if (!LastFailure) return undefined
  if (LastFailure.Message.startsWith(doNotLast)) return LastFailure.Message
  if (!LastFailure.Message.startsWith(couldNotCreate)) return undefined
  failures.add(LastFailure.At)
  return failures.size >= mostFailures ? LastFailure.Message : undefined
}

/** Destroys the group and waits until nothing of it is left. One that is not there is no error. */
export async function dissolve(ports: Ports, action: Of<'dissolve'>, performing: Performing): Promise<void> {
  const { Plugin, Spec, Seconds } = action
  const { group } = await ports.group(Plugin)
  const ID = Spec.ID
  const there = await descriptionOf(group, ID)
  if (!there) return
  if (there.Status !== 'destroying') {
    // In one that is stopped nobody is drained anyway.
    if (!isStopped(Spec)) await group.commitGroup({ Spec, Fence: performing.tenure.fence })
    await group.destroyGroup({ ID, Fence: performing.tenure.fence })
  }
  await untilSo(ports, { Plugin, Group: ID, Seconds }, performing, async (port, late) => {
    if (!(await descriptionOf(port.group, ID))) return true
    performing.doing(`waiting until ${ID} is gone`)
    if (late) throw new InfrakitError('timeout', `${ID} is not gone after ${Seconds}s`)
    return false
  })
}

function isStopped({ Properties }: GroupSpec): boolean {
  return (Properties as GroupProperties).Allocation.State === 'stopped'
}

interface Waiting {
  readonly Plugin: string
  readonly Group: string
  readonly Seconds: number
}

/** Looks whenever the group plugin tells of the group, and now and then. A plugin that is away is waited for. */
async function untilSo(
  ports: Ports,
  { Plugin, Group, Seconds }: Waiting,
  { signal, doing }: Performing,
  isSo: (port: GroupPort, late: boolean) => Promise<boolean>,
): Promise<void> {
  const { clock } = ports
  const deadline = clock.now() + Seconds * 1000
  const hints = new Hints(clock, signal)
  try {
    for (;;) {
      signal.throwIfAborted()
      const late = clock.now() >= deadline
      try {
        const port = await ports.group(Plugin)
        hints.follow(port.at, port.watch, (id) => id === Group)
        if (await isSo(port, late)) return
      } catch (error) {
        if (late || !['unavailable', 'timeout'].includes(kindOf(error)) || error instanceof Diagnosed) throw error
        doing(`${Plugin} cannot be asked: ${messageOf(error)}`)
      }
      await hints.next(lookMs)
    }
  } finally {
    hints.stop()
  }
}
