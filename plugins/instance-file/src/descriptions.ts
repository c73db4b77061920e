import { stringifyJson, writtenBy } from '@infrakit/rpc'
import type { InstanceDescription } from '@infrakit/spi'
import type { Entry } from './entry.js'

/** An instance as `DescribeInstances` shows it. One whose file makes no sense has no tags and so belongs to no group. */
function describe(entry: Entry, withProperties: boolean): InstanceDescription {
  const { id, file, problem } = entry
  if (!file) {
    const StateReason = `the file ${problem?.reason ?? 'cannot be read'}`
    return { ID: id, LogicalID: null, Tags: null, State: 'failed', StateReason }
  }
  return {
    ID: id,
    LogicalID: file.LogicalID ?? null,
    Tags: file.Tags ?? null,
    ...(withProperties ? { Properties: file.Spec ?? null } : {}),
    ...(file.State === 'stopped' ? { State: 'stopped' as const } : {}),
  }
}

interface Described {
  readonly description: InstanceDescription
  /** The same as JSON. */
  readonly text: string
}

/** By what was read: a file that changes is another entry. */
const withProperties = new WeakMap<Entry, Described>()
const withoutProperties = new WeakMap<Entry, Described>()

function described(entry: Entry, properties: boolean): Described {
  const known = properties ? withProperties : withoutProperties
  const before = known.get(entry)
  if (before) return before
  const description = describe(entry, properties)
  const made = { description, text: stringifyJson(description) }
  known.set(entry, made)
  return made
}

/** Instances as `DescribeInstances` shows them: each is put into words once, however often it is listed. */
export function describeAll(entries: readonly Entry[], properties: boolean): InstanceDescription[] {
  const all = entries.map((entry) => described(entry, properties))
  return writtenBy(
    all.map(({ description }) => description),
    () => `[${all.map(({ text }) => text).join(',')}]`,
  )
}
