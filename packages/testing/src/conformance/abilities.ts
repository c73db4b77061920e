import { wordsOf } from './caller.js'
import { departed } from './instance-changes.js'
import { readJson, rowOf, sameJson, writeJson } from './json.js'
import { applies, eventually, holds } from './outcome.js'
import { sinceTheOriginal, type Probe } from './probe.js'
import type { PluginPromise } from './promise.js'

const conflict = -32002
/** One scope for all runs, so that a plugin has to remember no more than one. */
const scope = 'infrakit.verify'

function needsInstances({ facts }: Probe): void {
  applies(
    facts.implemented.some(({ name }) => name === 'Instance'),
    'it has no Instance to try it on',
  )
}

async function checkStop(probe: Probe): Promise<void> {
  needsInstances(probe)
  const { instances, plugin } = probe
  const { ID, spec } = await instances.make({ Tags: { 'verify-role': 'parked' } })
  for (const [method, state] of [
    ['Lifecycle.Stop', 'stopped'],
    ['Lifecycle.Stop', 'stopped'],
    ['Lifecycle.Start', 'running'],
    ['Lifecycle.Start', 'running'],
  ] as const) {
    const done = await plugin.call(method, { Instance: ID })
    const { description, answer } = await instances.find(ID)
    const { State, Tags } = description
    holds((State ?? 'running') === state, `${ID} to be ${state} after ${method}`, `${State}`, done, answer)
    const kept = Object.entries(spec.Tags ?? {}).every(([key, value]) => Tags?.[key] === value)
    holds(kept, `${ID} to keep its tags`, JSON.stringify(Tags), done, answer)
  }
}

async function checkUnknownStop(probe: Probe): Promise<void> {
  needsInstances(probe)
  for (const method of ['Lifecycle.Stop', 'Lifecycle.Start']) {
    const ID = await departed(probe)
    const expected = `${method} of an instance that is not there to be refused as not-found (-32001)`
    const answer = await probe.plugin.refusal(method, { Instance: ID }, expected)
    holds(answer.error?.code === -32001, expected, wordsOf(answer), answer)
  }
}

async function checkHint(probe: Probe): Promise<void> {
  needsInstances(probe)
  sinceTheOriginal(probe)
  const { instances, plugin } = probe
  const { listen } = plugin.subject.transport
  applies(listen !== undefined, 'the suite was given no way to listen')
  const stop = new AbortController()
  const events: string[] = []
  let open = false
  const listener = {
    connected: () => void (open = true),
    event: (text: string) => events.push(text),
    signal: stop.signal,
  }
  let ended: string | undefined
  const listening = listen?.('.', listener).then(
    () => void (ended = 'it ended'),
    (error: unknown) => void (ended = String(error)),
  )
  const request = 'GET /events?topic=.'
  const exchange = () => ({
    exchange: { plugin: plugin.subject.name, request, status: open ? 200 : 0, response: ended ?? events.join('\n') },
  })
  try {
    await eventually(probe.patienceMs, async () => holds(open, 'the headers of the stream at once', 'none', exchange()))
    const made = await instances.make()
    await eventually(probe.patienceMs, async () =>
      holds(events.length > 0, 'an event after a provision', 'none', exchange()),
    )
    for (const text of events) holds(isEvent(text), 'an event with Topic, Type, ID and Message', text, exchange())
    const before = events.length
    await plugin.call('Instance.Destroy', { Instance: made.ID })
    await eventually(probe.patienceMs, async () =>
      holds(events.length > before, `an event after ${made.ID} was destroyed`, 'none', exchange()),
    )
  } finally {
    stop.abort()
    await listening
  }
}

function isEvent(text: string): boolean {
  try {
    const event = rowOf(readJson(text))
    return ['Topic', 'Type', 'ID', 'Message'].every((key) => typeof event[key] === 'string')
  } catch {
    return false
  }
}

async function checkFence({ plugin, instances, facts }: Probe): Promise<void> {
  const Epoch = Date.now()
  const raise = (epoch: number) => ({ Scope: scope, Epoch: epoch })
  const raised = await plugin.ask('Fence.Raise', raise(Epoch))
  applies(raised.error?.code !== conflict, 'it remembers a later epoch, from a clock that was ahead')
  holds(raised.error === undefined, 'the epoch to be taken over', wordsOf(raised), raised)
  await plugin.call('Fence.Raise', raise(Epoch))
  const lower = await plugin.refusal('Fence.Raise', raise(Epoch - 1), 'a smaller epoch to be a conflict (-32002)')
  holds(lower.error?.code === conflict, 'a smaller epoch to be a conflict (-32002)', wordsOf(lower), lower)
  if (!facts.implemented.some(({ name }) => name === 'Instance')) return
  const { ID } = await instances.make()
  const Instance = { Instance: ID, Labels: { 'verify-new': '1' } }
  const expected = 'a call of a smaller epoch to be a conflict (-32002)'
  const late = await plugin.refusal('Instance.Label', { ...Instance, Fence: raise(Epoch - 1) }, expected)
  holds(late.error?.code === conflict, expected, wordsOf(late), late)
  await plugin.call('Instance.Label', { ...Instance, Fence: raise(Epoch) })
}

async function checkMetadata(probe: Probe): Promise<void> {
  sinceTheOriginal(probe)
  const { plugin } = probe
  const root = await plugin.call('Metadata.List', { Path: '.' })
  const nodes = (root.result.Nodes ?? []) as unknown[]
  holds(sameJson(nodes, [...nodes].sort()), 'names in order', writeJson(nodes), root)
  const Path = probe.unique('nowhere')
  const none = await plugin.call('Metadata.List', { Path })
  holds(sameJson(none.result.Nodes ?? [], []), `nothing below ${Path}`, writeJson(none.result.Nodes), none)
  const value = await plugin.call('Metadata.Get', { Path })
  const { Value = null } = value.result
  holds(Value === null, `no value at ${Path}`, writeJson(Value), value)
}

async function checkResolve({ plugin, properties }: Probe): Promise<void> {
  const one = await plugin.call('Resolve.Resolve', { Properties: properties })
  const other = await plugin.call('Resolve.Resolve', { Properties: properties })
  const [first, second] = [writeJson(one.result.Resolved ?? null), writeJson(other.result.Resolved ?? null)]
  holds(first === second, first, second, one, other)
}

async function checkPrepare(probe: Probe): Promise<void> {
  needsInstances(probe)
  const { plugin, properties } = probe
  const listed = async () => {
    const { result } = await plugin.call('Instance.DescribeInstances', { Tags: {} })
    return ((result.Descriptions ?? []) as { ID?: unknown }[]).map(({ ID }) => ID).sort()
  }
  const before = await listed()
  const first = await plugin.call('Prepare.Prepare', { Properties: properties })
  const second = await plugin.call('Prepare.Prepare', { Properties: properties })
  const after = await listed()
  holds(sameJson(after, before), `${writeJson(before)} as before`, writeJson(after), first, second)
}

async function checkLogs(probe: Probe): Promise<void> {
  needsInstances(probe)
  const { ID } = await probe.instances.sample()
  const answer = await probe.plugin.call('Logs.Tail', { Instance: ID, Lines: 2 })
  const { Lines } = answer.result
  const right = Array.isArray(Lines) && Lines.length <= 2 && Lines.every((line) => !String(line).includes('\n'))
  holds(right, 'at most two lines, without line ends', writeJson(Lines), answer)
}

export const abilityPromises: readonly PluginPromise[] = [
  {
    interface: 'Lifecycle',
    name: 'a stopped instance is described as stopped, a started one as running, with the same ID and tags',
    why: 'A stopped instance that looks lost is replaced, and parking a group would double it.',
    check: checkStop,
  },
  {
    interface: 'Lifecycle',
    name: 'stopping or starting an instance that is not there is refused as not-found',
    why: 'A group has to learn that its instance is gone.',
    check: checkUnknownStop,
  },
  {
    interface: 'Event',
    name: 'a change is hinted on the stream',
    why: 'A group looks less often at a plugin that has events: one that keeps silent heals late.',
    check: checkHint,
  },
  {
    interface: 'Fence',
    name: 'what is older than the highest epoch seen is refused',
    why: 'An owner that was replaced and does not know it must not change anything.',
    check: checkFence,
  },
  {
    interface: 'Metadata',
    name: 'names are listed in order, and an unknown path is empty',
    why: 'Who walks the tree must not mistake a missing value for an error.',
    check: checkMetadata,
  },
  {
    interface: 'Resolve',
    name: 'the same properties resolve to the same, as long as the world is the same',
    why: 'What is resolved is hashed: a group would roll for nothing.',
    check: checkResolve,
  },
  {
    interface: 'Prepare',
    name: 'what is needed can be fetched again and again, and no instance is made',
    why: 'A deployment that is taken over begins the step anew, and until it has prepared nothing may change.',
    check: checkPrepare,
  },
  {
    interface: 'Logs',
    name: 'no more lines are given than were asked for',
    why: 'A log may be endless.',
    check: checkLogs,
  },
]
