import { stringifyJson, writtenBy } from '@infrakit/rpc'
import { matchesTags, type InstanceDescription, type Tags } from '@infrakit/spi'
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

/** What was last listed, by what was asked for. */
const answers = new WeakMap<readonly Entry[], Map<string, InstanceDescription[]>>()
/** So many questions are remembered; nobody has more groups in one folder that are looked at by turns. */
const maxAnswers = 64

/** The instances with these tags as `DescribeInstances` shows them. While `all` is the same list, each answer is written once. */
export function describeMatching(
  all: readonly Entry[],
  tags: Tags | null | undefined,
  properties: boolean,
): InstanceDescription[] {
  const question = JSON.stringify([tags, properties])
  const known = answers.get(all) ?? new Map<string, InstanceDescription[]>()
  answers.set(all, known)
  const before = known.get(question)
  if (before) return before
  if (known.size >= maxAnswers) known.clear()
  const entries = all.filter(({ file }) => matchesTags(file?.Tags, tags))
  const answer = describeAll(entries, properties)
  known.set(question, answer)
  return answer
}

/** Each is put into words once, however often it is listed. */
function describeAll(entries: readonly Entry[], properties: boolean): InstanceDescription[] {
  const all = entries.map((entry) => described(entry, properties))
  let text: string | undefined
  return writtenBy(
    all.map(({ description }) => description),
    () => (text ??= `[${all.map(({ text }) => text).join(',')}]`),
  )
}
