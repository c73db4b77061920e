import type { Socket } from 'node:net'
import fc from 'fast-check'
import { waitUntil } from '@infrakit/testing'
import { send } from './connection.js'
import { delivery, type Delivery } from './deliveries.js'
import { complaintsIn, growth, holdingsOf } from './process-watch.js'
import { maxBodyBytes, type Place, type Target } from './target.js'

export interface FuzzOptions {
  readonly seed: number
  /** How many requests at least. */
  readonly requests: number
  /** Milliseconds after which an answer is taken for lost. Default 60 s. */
  readonly patienceMs?: number
  /** Megabytes by which a process may be larger in the second half of the run. */
  readonly mayGrowMB: number
  /** Whether what is wrong is shrunk to what is needed to show it; costs many more requests. Default true. */
  readonly shrink?: boolean
  /** Done now and then, when nothing is under way. */
  readonly between?: () => Promise<void>
}

export interface FuzzReport {
  /** In words for a person; empty when all is well. */
  readonly problems: readonly string[]
  readonly requests: number
  readonly growthMB: number
}

/** Runs of the property between two looks at the processes. */
const runsPerRound = 20
/** Descriptors that may be open for reasons of a process's own: files being written, connections to other plugins. */
const spareDescriptors = 16

const requestsIn = (deliveries: readonly Delivery[]) =>
  deliveries.reduce((sum, one) => sum + (one.kind === 'orderly' ? one.requests.length : 1), 0)

function show(one: Delivery): string {
  const text = one.bytes.toString('latin1')
  return `${one.kind}, ${one.bytes.length} bytes: ${JSON.stringify(text.length > 400 ? `${text.slice(0, 400)}...` : text)}`
}

/**
 * Makes connections to the targets at random, several at the same time, until so many requests are sent or something is
 * wrong, and then looks at what the targets have left behind.
 */
export async function fuzz(targets: readonly Target[], place: Place, options: FuzzOptions): Promise<FuzzReport> {
  const { seed, mayGrowMB, patienceMs = 60_000, shrink = true, between = () => Promise.resolve() } = options
  const stalled: Socket[] = []
  const started = new Map(targets.map((target) => [target, holdingsOf(target.process.pid)]))
  const samples = new Map(targets.map((target) => [target, [] as number[]]))
  let requests = 0

  async function deliver(target: Target, deliveries: readonly Delivery[]): Promise<void> {
    requests += requestsIn(deliveries)
    const line = { path: target.socket, maxBodyBytes, patienceMs, stalled }
    const { child } = target.process
    const ended = () => child.exitCode !== null || child.signalCode !== null
    if (ended()) throw new Error(`${target.name} had ended before`)
    const outcomes = await Promise.allSettled(deliveries.map((one) => send(line, one)))
    // A process that just ended may not be known to have.
    await target.checkUp().catch((error: unknown) => {
      throw new Error(`${target.name} does not answer any more: ${String(error)}`)
    })
    samples.get(target)?.push(holdingsOf(target.process.pid).residentMB)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') throw new Error(`${target.name}: ${String(outcome.reason)}`)
      if (outcome.value !== undefined) throw new Error(`${target.name}: ${outcome.value}`)
    }
  }

  const together = fc.array(delivery(maxBodyBytes), { minLength: 1, maxLength: 10, size: 'max' })
  async function round(number: number): Promise<string | undefined> {
    const property = fc.asyncProperty(fc.constantFrom(...targets), together, deliver)
    const details = await fc.check(property, { seed: seed + number, numRuns: runsPerRound, endOnFailure: !shrink })
    if (!details.failed) return undefined
    const [, deliveries = []] = details.counterexample ?? []
    const reason = details.errorInstance instanceof Error ? details.errorInstance.message : 'it was interrupted'
    const where = `seed ${seed}, round ${number}, path ${details.counterexamplePath}, shrunk ${details.numShrinks} times`
    return `${reason}\n${where}:\n${deliveries.map(show).join('\n')}`
  }

  const problems: string[] = []
  for (let number = 0; requests < options.requests && problems.length === 0; number++) {
    const problem = await round(number)
    if (problem !== undefined) problems.push(problem)
    else await between()
  }
  for (const socket of stalled) socket.destroy()
  const growths = [...samples].map(([target, taken]) => ({ target, by: growth(taken) }))
  for (const { target, by } of growths) {
    if (by > mayGrowMB) problems.push(`${target.name} grew by ${by} MB in the second half`)
    problems.push(...(await leftBehind(target, started.get(target)?.descriptors ?? 0, patienceMs)))
  }
  problems.push(...place.trespasses().map((path) => `${path} was written`))
  return { problems, requests, growthMB: Math.max(...growths.map(({ by }) => by)) }
}

function alive({ process: { child } }: Target): boolean {
  return child.exitCode === null && child.signalCode === null
}

async function leftBehind(target: Target, before: number, patienceMs: number): Promise<string[]> {
  const { name, process } = target
  const complaints = complaintsIn(process.output()).map((line) => `${name} says: ${line.slice(0, 1000)}`)
  if (!alive(target))
    return [`${name} ended with ${String(process.child.exitCode ?? process.child.signalCode)}`, ...complaints]
  const now = () => holdingsOf(process.pid).descriptors
  const closed = await waitUntil('descriptors', () => now() <= before + spareDescriptors, patienceMs).catch(() => false)
  const leak = closed ? [] : [`${name} had ${before} descriptors open and has ${now()}`]
  return [...leak, ...complaints.slice(0, 5)]
}
