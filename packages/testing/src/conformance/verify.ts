import { randomBytes } from 'node:crypto'
import { InfrakitError } from '@infrakit/spi'
import { Caller, isUnknownMethod, wordsOf, type Answer, type Subject } from './caller.js'
import { allPromises } from './catalog.js'
import { gatherFacts, type Facts } from './facts.js'
import { formVerdicts } from './form.js'
import { GroupWorld, type GroupParts } from './group-world.js'
import { Instances } from './instances.js'
import type { Probe } from './probe.js'
import { BrokenPromise, NotApplicable, type PluginPromise, type Verdict } from './promise.js'
import { RegistryWorld } from './registry-world.js'

/** The plugins that a group under test is to work with. */
export interface GroupSetting {
  readonly instance: Subject & { readonly properties?: unknown }
  readonly flavor: { readonly name: string; readonly properties?: unknown }
}

export interface VerifyOptions extends Subject {
  /** `Properties` that the plugin accepts. Default: an empty object. */
  readonly properties?: unknown
  /** Only these interfaces; by default all that the plugin says it has. The protocol is always looked at. */
  readonly interfaces?: readonly string[] | undefined
  /** Without it the promises of groups do not apply. */
  readonly group?: GroupSetting
  /** Longest time for a call, and for what goes on by itself. Default 60 s. */
  readonly patienceMs?: number
  /** How long it is watched that nothing happens which must not happen. Default 400 ms. */
  readonly quietMs?: number
  /** Default true; false leaves out what waits until leases and checks of a registry have run out, which some take long for. */
  readonly slow?: boolean
  /** Once aborted the run ends after the call under way, and takes away what it made. */
  readonly signal?: AbortSignal
  /** Told of each verdict as it comes. */
  readonly onVerdict?: (verdict: Verdict) => void
}

export interface Report {
  readonly plugin: string
  /** Whether it is a plugin of the original, of which less is asked. */
  readonly original: boolean
  /** What was judged, `Protocol` first. */
  readonly interfaces: readonly string[]
  readonly verdicts: readonly Verdict[]
  /** Instances and groups that were made and could not be taken away. */
  readonly leftovers: readonly string[]
  /** The run was ended before its time. */
  readonly interrupted: boolean
}

const defaultPatienceMs = 60_000
const defaultQuietMs = 400

/** Whether nothing in a report is broken. */
export function conforms({ verdicts, interrupted }: Report): boolean {
  return !interrupted && verdicts.every(({ outcome }) => outcome !== 'broken')
}

/**
 * Judges a running plugin by every promise of its interfaces. Makes instances and groups in it, tagged as its own, and
 * takes them away in the end, whatever happens; what it did not make is never touched.
 *
 * @throws unavailable (nobody answers), incompatible (no handshake, or not the interface asked for), input (the plugin
 * refuses the properties, so that nothing can be judged)
 */
export async function verifyPlugin(options: VerifyOptions): Promise<Report> {
  const {
    patienceMs = defaultPatienceMs,
    signal = new AbortController().signal,
    properties = {},
    slow = true,
  } = options
  const limits = { timeoutMs: patienceMs, signal }
  const plugin = new Caller(options, limits)
  const facts = await gatherFacts(plugin)
  const chosen = chooseInterfaces(options, facts)
  await refuseUselessProperties(plugin, chosen, properties)
  const { group } = options
  const drives = group !== undefined && chosen.some((one) => one === 'Group' || one === 'Revisions')
  const maker = drives ? new Caller(group.instance, limits) : plugin
  const run = randomBytes(5).toString('hex')
  const instances = new Instances(maker, drives ? (group.instance.properties ?? {}) : properties, run)
  const groups = drives
    ? new GroupWorld(plugin, instances, partsOf(group), patienceMs, options.quietMs ?? defaultQuietMs)
    : undefined
  let count = 0
  const unique = (prefix: string) => `${prefix}-${run}-${++count}`
  const registry = chosen.includes('Registry') ? new RegistryWorld(plugin, run, patienceMs) : undefined
  const base = { plugin, facts, properties, instances, groups, registry }
  const probe: Probe = { ...base, findings: new Set(), unique, patienceMs, slow }

  const verdicts: Verdict[] = []
  const say = (verdict: Verdict) => {
    verdicts.push(verdict)
    options.onVerdict?.(verdict)
  }
  const makes = drives || chosen.includes('Instance')
  if (makes) await instances.remember()
  let leftovers: string[] = []
  try {
    for (const promise of allPromises) {
      if (signal.aborted) break
      if (!chosen.includes(promise.interface)) continue
      const verdict = await judge(promise, probe)
      if (verdict) say(verdict)
    }
    if (!signal.aborted) for (const verdict of formVerdicts(plugin, chosen)) say(verdict)
  } finally {
    plugin.cleaning = true
    if (groups) leftovers = await groups.cleanUp()
    if (registry) leftovers = [...leftovers, ...(await registry.cleanUp())]
    if (makes) leftovers = [...leftovers, ...(await instances.cleanUp())]
  }
  const { original } = facts
  return { plugin: options.name, original, interfaces: chosen, verdicts, leftovers, interrupted: signal.aborted }
}

/** `undefined` when the run was ended meanwhile. */
async function judge(promise: PluginPromise, probe: Probe): Promise<Verdict | undefined> {
  const { interface: of, name, why } = promise
  const base = { interface: of, promise: name, why }
  try {
    await promise.check(probe)
    return { ...base, outcome: 'kept' }
  } catch (error) {
    if (error instanceof NotApplicable) return { ...base, outcome: 'not applicable', reason: error.message }
    if (error instanceof BrokenPromise) {
      const { expected, got, shown } = error
      return { ...base, outcome: 'broken', expected, got, shown }
    }
    if (probe.plugin.options.signal.aborted) return undefined
    throw error
  }
}

function chooseInterfaces({ name, interfaces }: VerifyOptions, { implemented }: Facts): string[] {
  const known = new Set(allPromises.map((promise) => promise.interface))
  const has = [...new Set(implemented.map((one) => one.name))].filter((one) => known.has(one))
  for (const wanted of interfaces ?? []) {
    if (has.includes(wanted)) continue
    throw new InfrakitError('incompatible', `${name}: it has no ${wanted} that could be judged`, {
      hint: has.length > 0 ? `It has ${has.join(', ')}.` : 'It has no interface with promises.',
    })
  }
  return ['Protocol', ...(interfaces ?? has)]
}

function partsOf({ instance, flavor }: GroupSetting): GroupParts {
  const { name, type } = instance
  return {
    instance: { name: type ? `${name}/${type}` : name, properties: instance.properties ?? {} },
    flavor: { name: flavor.name, properties: flavor.properties ?? {} },
  }
}

/** Every check would stumble over the same thing, and nothing would be learnt. */
async function refuseUselessProperties(plugin: Caller, chosen: readonly string[], properties: unknown): Promise<void> {
  // One that gives no answer, or has no such method, is for the promises.
  const ask = (method: string, more: object): Promise<Answer | undefined> =>
    plugin.ask(method, { Properties: properties, ...more }).catch((error: unknown) => {
      if (error instanceof BrokenPromise) return undefined
      throw error
    })
  const answers: (Answer | undefined)[] = []
  if (chosen.includes('Instance')) answers.push(await ask('Instance.Validate', {}))
  if (chosen.includes('Flavor')) {
    const cattle = await ask('Flavor.Validate', { Allocation: { Size: 1 } })
    answers.push(cattle?.error ? await ask('Flavor.Validate', { Allocation: { LogicalIDs: ['verify-1'] } }) : cattle)
  }
  const refused = answers.find((answer) => answer?.error !== undefined && !isUnknownMethod(answer))
  if (!refused) return
  const message = `${plugin.subject.name} refuses the properties it was given: ${wordsOf(refused)}`
  throw new InfrakitError('input', message, { hint: 'Give properties that it accepts (--properties FILE).' })
}
