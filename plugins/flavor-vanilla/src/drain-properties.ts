import { parseDuration } from '@infrakit/spi'
import { z } from 'zod'
import { durationSchema, readRequest, requestFields, type RequestSettings } from './request-properties.js'

/** How an instance is drained; every duration in milliseconds. */
export interface DrainSettings {
  readonly request: RequestSettings | undefined
  readonly timeoutMs: number
  readonly waitMs: number
}

/** A group waits 10 minutes for a drain; both together have to be over by then. */
const most = { wait: 9 * 60_000, timeout: 30_000 }
const requestDefaults = { method: 'POST', path: '/', statuses: '200-299' }

export const drainSchema = z.strictObject({
  HTTP: z
    .strictObject({
      ...requestFields(requestDefaults),
      Timeout: durationSchema(1, most.timeout)
        .nullish()
        .describe('Time within which it has to be answered. Default 10s'),
    })
    .nullish()
    .describe('A request that tells the instance to take nothing more; it comes first'),
  Wait: durationSchema(0, most.wait)
    .nullish()
    .describe('Time left for what is in flight, after the request. Default 0s'),
})

/** Fills in the defaults. */
export function readDrain({ HTTP, Wait }: z.infer<typeof drainSchema>): DrainSettings {
  return {
    request: HTTP ? readRequest(HTTP, requestDefaults) : undefined,
    timeoutMs: parseDuration(HTTP?.Timeout ?? '') ?? 10_000,
    waitMs: parseDuration(Wait ?? '') ?? 0,
  }
}
