import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Delivery, Hostile, Orderly } from './deliveries.js'
import { createReplyReader, type Reply } from './http-replies.js'
import { problemWith } from './judge.js'

export interface Line {
  readonly path: string
  readonly maxBodyBytes: number
  /** Milliseconds after which an answer is taken for lost. */
  readonly patienceMs: number
  /** Connections that were left open on purpose. */
  readonly stalled: Socket[]
}

/** What a server may say to a request that it does not understand. 500 is not among it. */
const sane = new Set([200, 400, 404, 405, 408, 411, 413, 414, 415, 417, 431, 501, 505])
/** Stalled connections at the same time. */
const maxStalled = 40

interface Dialled {
  readonly socket: Socket
  readonly replies: readonly Reply[]
  /** Waits for so many answers, or for the end of the connection; says what went wrong. */
  answers(count: number): Promise<string | undefined>
}

async function dial({ path, patienceMs }: Line): Promise<Dialled> {
  const socket = connect({ path, allowHalfOpen: true })
  const replies: Reply[] = []
  let problem: string | undefined
  let ended = false
  let wake: () => void = () => undefined
  const reader = createReplyReader((reply) => replies.push(reply))
  socket.on('data', (bytes) => {
    try {
      reader.take(bytes)
    } catch (error) {
      problem = String(error)
    }
    wake()
  })
  const end = () => {
    if (!ended && reader.rest() > 0) problem ??= `an answer broke off after ${replies.length} whole ones`
    ended = true
    wake()
  }
  socket.on('end', end).on('close', end)
  // A server may close while something is still being written.
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return {
    socket,
    replies,
    async answers(count) {
      let late = false
      const timer = setTimeout(() => {
        late = true
        wake()
      }, patienceMs)
      while (replies.length < count && !ended && !late && problem === undefined) {
        await new Promise<void>((resolve) => (wake = resolve))
      }
      clearTimeout(timer)
      if (problem === undefined && late) return `nothing more came in ${patienceMs} ms, after ${replies.length} answers`
      return problem
    },
  }
}

async function writeInPieces(socket: Socket, bytes: Buffer, cuts: readonly number[]): Promise<void> {
  let from = 0
  for (const cut of [...cuts, bytes.length]) {
    if (cut > from) socket.write(bytes.subarray(from, cut))
    from = Math.max(from, cut)
    await nextTurn()
  }
}

async function sendOrderly(line: Line, { requests, bytes, cuts, halfClosed }: Orderly): Promise<string | undefined> {
  const { socket, replies, answers } = await dial(line)
  try {
    await writeInPieces(socket, bytes, cuts)
    if (halfClosed) socket.end()
    const problem = await answers(requests.length)
    const wrong = replies
      .map((reply, at) => problemWith(reply, requests[at] as (typeof requests)[number], line.maxBodyBytes))
      .find((one) => one !== undefined)
    if (wrong ?? problem) return wrong ?? problem
    return replies.length === requests.length ? undefined : `${replies.length} answers to ${requests.length} requests`
  } finally {
    socket.destroy()
  }
}

async function sendHostile(line: Line, { bytes, then }: Hostile): Promise<string | undefined> {
  const { socket, replies, answers } = await dial(line)
  socket.write(bytes)
  if (then === 'stall') {
    line.stalled.push(socket)
    if (line.stalled.length > maxStalled) line.stalled.shift()?.destroy()
    return undefined
  }
  if (then === 'close') {
    await nextTurn()
    socket.destroy()
    return undefined
  }
  socket.end()
  const problem = await answers(Infinity)
  socket.destroy()
  if (problem) return `${problem}\n  sent: ${bytes.toString('latin1', 0, 400)}`
  const odd = replies.find(({ status }) => !sane.has(status))
  return odd && `HTTP ${odd.status}: ${odd.body.toString()}\n  sent: ${bytes.toString('latin1', 0, 400)}`
}

/** Makes one connection and says what was wrong with how it was served, if anything. */
export function send(line: Line, delivery: Delivery): Promise<string | undefined> {
  return delivery.kind === 'orderly' ? sendOrderly(line, delivery) : sendHostile(line, delivery)
}
