import { eventInterface, type Event } from '@infrakit/spi'
import type { Context } from '../context.js'
import { groupClient } from './connect.js'

/** Hints that something changed in a group. */
export interface Changes {
  /** Whether the plugin tells what it does; if not, only looking tells. */
  readonly told: boolean
  /** Resolves when something may have changed, after `ms` at the latest. */
  next(ms: number): Promise<void>
  close(): void
}

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
  if (told) client.subscribe(`group/${id}`, { connected: changed, event, signal: closing.signal })
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
  return { told, next, close: () => closing.abort() }
}
