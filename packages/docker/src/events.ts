import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type Dockerode from 'dockerode'
import type { InfrakitError } from '@infrakit/spi'
import { fieldsOf, labelsOf, textOf } from './answers.js'
import { ask } from './ask.js'
import { backoff, withJitter } from './backoff.js'
import { engineError } from './engine-errors.js'
import type { Engine } from './engine.js'
import { labelFilters, type Filter } from './filters.js'
import { readLines } from './lines.js'
import { engineVersion } from './version.js'

export interface EngineEvent {
  /** `container`, `image`, `network`, `volume`, ... */
  readonly type: string
  /** `start`, `die`, `health_status: healthy`, ... */
  readonly action: string
  /** Of what it is about. */
  readonly id: string
  /** Its labels, its name and, for `die`, the `exitCode`. */
  readonly attributes: Readonly<Record<string, string>>
}

export interface EventListener {
  onEvent(event: EngineEvent): void
  /**
   * The stream has begun, the first time or again: what happened before is not told, so look at everything. Called with
   * the stream open, so nothing falls between.
   */
  onConnected(): void
  /** The stream has ended, or could not be had; it is tried again. `attempt` counts from 0 for each loss. */
  onLost?(error: InfrakitError, attempt: number): void
}

export interface EventOptions extends Filter {
  /** Kinds of things; default all. */
  readonly types?: readonly string[]
  /** Default 30 s: how often a stream that says nothing is doubted and the engine asked whether it is there. */
  readonly doubtMs?: number
  readonly signal: AbortSignal
}

const [firstPauseMs, longestPauseMs] = [100, 5000]
const connectTimeoutMs = 10_000
/** A stream that lasted so long was a good one: the next pause is a short one. */
const goodMs = 5000

/** Reads one line; throws SyntaxError for what is none. Pure. */
export function readEvent(line: string): EngineEvent {
  const event = fieldsOf(JSON.parse(line))
  const actor = fieldsOf(event['Actor'])
  return {
    type: textOf(event['Type']),
    action: textOf(event['Action']),
    id: textOf(actor['ID']),
    attributes: labelsOf(actor['Attributes']),
  }
}

/** Destroys the stream when the engine does not answer any more: a connection that was lost silently tells nothing. */
function doubt(engine: Engine, stream: Readable, everyMs: number): () => void {
  let asking = false
  const timer = setInterval(() => {
    if (asking) return
    asking = true
    engineVersion(engine, { timeout: connectTimeoutMs })
      .catch((error: unknown) => void stream.destroy(error as Error))
      .finally(() => (asking = false))
  }, everyMs).unref()
  return () => clearInterval(timer)
}

/** One stream from its beginning to its end; throws why it ended. */
async function listenOnce(engine: Engine, on: EventListener, options: EventOptions): Promise<never> {
  const ending = new AbortController()
  const end = () => ending.abort()
  options.signal.addEventListener('abort', end)
  engine.closed.addEventListener('abort', end)
  let settle = (): void => undefined
  try {
    const filters = { label: labelFilters(options.labels), ...(options.types && { type: [...options.types] }) }
    // dockerode's types ask for texts where its code makes them.
    const request = { filters, abortSignal: ending.signal } as unknown as Dockerode.GetEventsOptions
    const connect = () => engine.docker.getEvents(request)
    const call = { timeout: connectTimeoutMs, signal: options.signal }
    const stream = (await ask(engine, 'listen to events', call, connect)) as Readable
    settle = doubt(engine, stream, options.doubtMs ?? 30_000)
    on.onConnected()
    for await (const line of readLines(stream)) on.onEvent(readEvent(line))
    throw new Error('the engine ended the stream')
  } catch (error) {
    throw engineError('listen to events', engine.where, error)
  } finally {
    settle()
    // Also ends a stream that was never had, or whose lines made no sense.
    ending.abort()
    options.signal.removeEventListener('abort', end)
    engine.closed.removeEventListener('abort', end)
  }
}

/**
 * Listens to the engine's events until the signal is aborted or the engine closed, and connects again, after 100 ms to
 * 5 s, whenever the stream ends: an engine that restarts, or is not there yet, is no error. Resolves at the end.
 *
 * Events are hints: the engine drops what is not fetched in time and repeats nothing. What a listener throws ends it all.
 */
export async function listenToEvents(engine: Engine, on: EventListener, options: EventOptions): Promise<void> {
  const isOver = () => options.signal.aborted || engine.closed.aborted
  const guarded = guard(on)
  for (let attempt = 0; !isOver(); attempt++) {
    const began = performance.now()
    const error = await listenOnce(engine, guarded.listener, options).catch((error: unknown) => error as InfrakitError)
    if (guarded.thrown) throw guarded.thrown.error
    if (isOver()) return
    if (performance.now() - began > goodMs) attempt = 0
    on.onLost?.(error, attempt)
    const pause = withJitter(backoff(attempt, firstPauseMs, longestPauseMs), Math.random())
    await pauseUnlessOver(pause, options.signal, engine.closed)
  }
}

async function pauseUnlessOver(ms: number, ...signals: AbortSignal[]): Promise<void> {
  const over = new AbortController()
  const end = () => over.abort()
  for (const signal of signals) signal.addEventListener('abort', end)
  await sleep(ms, undefined, { signal: over.signal }).catch(() => undefined)
  for (const signal of signals) signal.removeEventListener('abort', end)
}

interface Guarded {
  readonly listener: EventListener
  thrown: { error: unknown } | undefined
}

/** Tells what the listener threw from what the stream did. */
function guard(on: EventListener): Guarded {
  const guarded: Guarded = {
    thrown: undefined,
    listener: { onEvent: tell(on.onEvent.bind(on)), onConnected: tell(on.onConnected.bind(on)) },
  }
  function tell<A extends unknown[]>(work: (...args: A) => void): (...args: A) => void {
    return (...args) => {
      try {
        work(...args)
      } catch (error) {
        guarded.thrown = { error }
        throw error
      }
    }
  }
  return guarded
}
