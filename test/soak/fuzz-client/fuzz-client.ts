import { join } from 'node:path'
import fc from 'fast-check'
import { InfrakitError, RemoteError } from '@infrakit/spi'
import { temporaryFolder, waitUntil, type Teardown } from '@infrakit/testing'
import { play, type Play } from './answers.js'
import { serveGarbage } from './garbage-server.js'

/** A client as far as fuzzing needs it. */
export interface FuzzedClient {
  /** A call of one kind or another, with so many milliseconds to end in. */
  call(kind: CallKind, timeoutMs: number): Promise<unknown>
  close(): void
}

export const callKinds = ['reads', 'changes', 'shakes hands', 'asks for information', 'is bound'] as const
export type CallKind = (typeof callKinds)[number]

export interface ClientFuzzOptions {
  readonly seed: number
  readonly calls: number
  /** Milliseconds after which a call is taken for lost. */
  readonly patienceMs: number
  /** Whether what is wrong is shrunk to what is needed to show it. Default true. */
  readonly shrink?: boolean
}

/** What calls are given to end in. */
const timeoutMs = 100

/** What is wrong with how a call ended, when the server played this. */
function problemWith(
  kind: CallKind,
  outcome: PromiseSettledResult<unknown>,
  plays: readonly Play[],
): string | undefined {
  if (outcome.status === 'fulfilled') {
    if (kind === 'asks for information' || plays.some(({ right }) => right)) return undefined
    return `it ${kind} and takes for an answer what is none: ${JSON.stringify(outcome.value)}`
  }
  const error: unknown = outcome.reason
  if (!(error instanceof InfrakitError)) return `it ${kind} and throws ${String(error)}`
  if (error.kind === 'internal' && !(error instanceof RemoteError))
    return `it ${kind} and fails itself: ${error.message}`
  return error.message === '' && !(error instanceof RemoteError)
    ? `it ${kind} and does not say what is wrong`
    : undefined
}

function patiently<T>(promise: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it did not end in ${ms} ms`)), ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function show({ bytes, stopAfter, then, drip }: Play): string {
  return JSON.stringify({ bytes: bytes('1').toString('latin1', 0, 300), stopAfter: String(stopAfter), then, drip })
}

/**
 * Has a client make calls to a server that answers with anything but what it should. Says what was wrong with how the
 * calls ended, or with what the client left open.
 */
export async function fuzzClient(
  t: Teardown,
  connect: (path: string) => FuzzedClient,
  { seed, calls, patienceMs, shrink = true }: ClientFuzzOptions,
): Promise<{ problems: string[]; calls: number }> {
  const folder = await temporaryFolder(t)
  let made = 0
  let servers = 0

  async function tryOut(kinds: readonly CallKind[], plays: readonly Play[]): Promise<void> {
    made += kinds.length
    const path = join(folder, `s${servers++}`)
    const ends: (() => unknown)[] = []
    const server = await serveGarbage({ teardown: (end) => ends.push(end) }, path)
    server.plays = plays
    const client = connect(path)
    try {
      const ended = await Promise.allSettled(kinds.map((kind) => patiently(client.call(kind, timeoutMs), patienceMs)))
      for (const [at, outcome] of ended.entries()) {
        const problem = problemWith(kinds[at] as CallKind, outcome, plays)
        if (problem) throw new Error(problem)
      }
      client.close()
      await waitUntil('the client to close its connections', () => server.open() === 0, patienceMs)
    } finally {
      client.close()
      for (const end of ends) end()
    }
  }

  const kinds = fc.array(fc.constantFrom(...callKinds), { minLength: 1, maxLength: 12, size: 'max' })
  const property = fc.asyncProperty(kinds, fc.array(play, { minLength: 1, maxLength: 3 }), tryOut)
  for (let round = 0; made < calls; round++) {
    const details = await fc.check(property, { seed: seed + round, numRuns: 20, endOnFailure: !shrink })
    if (!details.failed) continue
    const [failedKinds = [], plays = []] = details.counterexample ?? []
    const reason = details.errorInstance instanceof Error ? details.errorInstance.message : 'it was interrupted'
    return {
      problems: [`${reason}\nseed ${seed}, ${failedKinds.join(', ')}:\n${plays.map(show).join('\n')}`],
      calls: made,
    }
  }
  return { problems: [], calls: made }
}
