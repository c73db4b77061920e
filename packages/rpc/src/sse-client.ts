import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Event } from '@infrakit/spi'
import { parseJson } from './codec.js'
import type { Connector } from './connect.js'
import { createSseParser } from './sse-parser.js'

/** Who listens to a topic. */
export interface Subscriber {
  /** The stream begins, or begins again: events may have been missed, look at what is there. */
  connected(): void
  event(event: Event): void
  /** The stream has ended; it begins again when it can, and `connected` tells so. */
  lost?(): void
  /** Aborted when nobody listens any more. */
  readonly signal: AbortSignal
}

export interface SubscriptionOptions {
  readonly connector: Connector | Promise<Connector>
  readonly headers: readonly string[]
  /** Milliseconds between two signs of life of a server of ours; after three without one the stream is taken for dead. */
  readonly heartbeatMs: number
  /** Told when a stream ended. */
  readonly onBroken: () => void
}

const firstDelayMs = 50
const maxDelayMs = 2000
/** A stream that lived as long as this is connected again at once when it ends. */
const steadyMs = 1000
/** Pause after an answer that is no stream: another plugin would have to take the place first. */
const refusedDelayMs = 10_000
/** The original sends no headers before its first event: after this long without any it counts as connected. */
const headersMs = 250
const maxEventLength = 8 * 1024 * 1024

/** Why a stream ended: it had worked (`lost`), nobody was there (`absent`), or there are no events (`refused`). */
type End = 'lost' | 'absent' | 'refused'

function isEvent(value: unknown): value is Event {
  return typeof value === 'object' && value !== null && typeof (value as Event).Topic === 'string'
}

/** Follows one stream until it ends. */
function follow(req: ClientRequest, on: Subscriber, heartbeatMs: number, ended: (how: End) => void): void {
  let how: End = 'absent'
  let silence: NodeJS.Timeout | undefined
  let early: NodeJS.Timeout | undefined
  const stop = () => req.destroy()
  const alive = () => {
    silence ??= setTimeout(stop, 3 * heartbeatMs)
    silence.refresh()
  }
  const begin = () => {
    clearTimeout(early)
    if (how === 'lost') return
    how = 'lost'
    on.connected()
  }
  const take = createSseParser((data) => {
    const event = parseJson(data)
    if (isEvent(event)) on.event(event)
  }, maxEventLength)

  req.on('socket', (socket) => {
    alive()
    const opened = () => {
      early = setTimeout(begin, headersMs)
    }
    if (socket.connecting) socket.once('connect', opened)
    else opened()
  })
  req.on('response', (res: IncomingMessage) => {
    if (res.statusCode !== 200) {
      how = 'refused'
      return stop()
    }
    begin()
    res.setEncoding('utf8')
    res.on('data', (text: string) => {
      alive()
      try {
        if (!take(text)) stop()
      } catch (error) {
        // What cannot be read may have been an event: connecting again makes the subscriber look.
        if (!(error instanceof SyntaxError)) throw error
        stop()
      }
    })
    res.on('error', stop)
    res.on('end', stop)
  })
  req.on('error', () => undefined)
  req.on('close', () => {
    clearTimeout(silence)
    clearTimeout(early)
    on.signal.removeEventListener('abort', stop)
    ended(how)
  })
  on.signal.addEventListener('abort', stop)
  req.end()
}

/** Listens to a topic and all below it, connecting again whenever the stream ends, until the signal is aborted. */
export function subscribe(topic: string, on: Subscriber, options: SubscriptionOptions): void {
  const { connector, headers, heartbeatMs, onBroken } = options
  const path = `/events?topic=${encodeURIComponent(topic)}`
  let delay = firstDelayMs
  let began = 0

  function later(how: End): void {
    onBroken()
    if (on.signal.aborted) return
    if (how === 'lost') on.lost?.()
    if (how === 'lost' && performance.now() - began > steadyMs) delay = firstDelayMs
    if (how === 'refused') delay = refusedDelayMs
    const timer = setTimeout(again, delay * (0.5 + Math.random() / 2))
    const cancel = () => clearTimeout(timer)
    on.signal.addEventListener('abort', cancel, { once: true })
    function again(): void {
      on.signal.removeEventListener('abort', cancel)
      void open()
    }
    delay = Math.min(delay * 2, maxDelayMs)
  }

  async function open(): Promise<void> {
    const made = await connector
    if (on.signal.aborted) return
    began = performance.now()
    const sent = { method: 'GET', path, headers: ['Accept', 'text/event-stream', ...headers] } as const
    follow(made.open(sent, 'fresh'), on, heartbeatMs, later)
  }

  void open()
}
