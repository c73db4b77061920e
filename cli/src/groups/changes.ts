import { eventInterface, type Event } from '@infrakit/spi'
import type { Context } from '../context.js'
import { groupClient } from './connect.js'

/** Hints that something changed in a group. */
export interface Changes {
  /** Whether the plugin tells what it does; if not, only looking tells. */
  readonly told: boolean
  /** Resolves when something may have changed, after `ms` at the latest. */
  next(ms: number): Promise<void>
  /** Resolves when nothing more has been told for a moment: what was done last is told on another connection. */
  quiet(): Promise<void>
  close(): void
}

/** How long the connection is waited for (ms): what is told before it is not heard. */
const connectWithin = 1000
/** A plugin that told nothing for so long (ms) has told all. */
const moment = 100

/** Follows the events of a group. @param tell gets each message for a person once, in order */
export async function followChanges(context: Context, id: string, tell: (message: string) => void): Promise<Changes> {
  const client = await groupClient(context)
  const told = await client.implements(eventInterface)
  const closing = new AbortController()
  const seen = new Set<string>()
  let pending = false
  let wake = () => undefined as void
  const changed = () => {
    pending = true
    wake()
  }
  const event = (event: Event) => {
    const key = `${event.Timestamp} ${event.Type} ${event.Message}`
    if (!seen.has(key)) tell(event.Message)
    seen.add(key)
    changed()
  }
  if (told) {
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, connectWithin)
      const connected = () => {
        clearTimeout(late)
        resolve()
        changed()
      }
      client.subscribe(`group/${id}`, { connected, event, signal: closing.signal })
    })
  }
  async function next(ms: number): Promise<void> {
    if (!pending) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    pending = false
  }
  async function quiet(): Promise<void> {
    for (let before = -1; told && seen.size !== before;) {
      before = seen.size
      await next(moment)
    }
  }
  return { told, next, quiet, close: () => closing.abort() }
}
