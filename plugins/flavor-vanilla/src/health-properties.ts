import { parseDuration } from '@infrakit/spi'
import { z } from 'zod'
import { durationSchema, portSchema, readRequest, requestFields, type RequestSettings } from './request-properties.js'

/** What is asked how it is. */
export type Target =
  | ({ readonly kind: 'HTTP' } & RequestSettings)
  | { readonly kind: 'TCP'; readonly port: number | undefined }
  | { readonly kind: 'GRPC'; readonly port: number | undefined; readonly service: string }
  | { readonly kind: 'Instance' }

/** How an instance's health is found out; every duration in milliseconds. */
export interface HealthSettings {
  readonly target: Target
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly startPeriodMs: number
  /** Good results in a row that make it healthy. */
  readonly healthyThreshold: number
  /** Bad results in a row that make it unhealthy. */
  readonly unhealthyThreshold: number
}

const day = 86_400_000
const requestDefaults = { method: 'GET', path: '/', statuses: '200-399' }
const kinds = ['HTTP', 'TCP', 'GRPC', 'Instance'] as const

const threshold = z.int().min(1, 'must be at least 1').max(1000)

export const healthSchema = z
  .strictObject({
    HTTP: z
      .strictObject({
        ...requestFields(requestDefaults),
        ExpectBody: z.string().nullish().describe('Text that the answer must have in it'),
      })
      .nullish()
      .describe('A request that has to be answered as expected; redirects are answers, and not followed'),
    TCP: z.strictObject({ Port: portSchema }).nullish().describe('A connection that has to be accepted'),
    GRPC: z
      .strictObject({
        Port: portSchema,
        Service: z.string().nullish().describe('Name of the service; the whole server when absent'),
      })
      .nullish()
      .describe('grpc.health.v1.Health/Check, without TLS, that has to answer SERVING'),
    Instance: z.strictObject({}).nullish().describe('What the instance plugin says of its health; nothing is probed'),
    Interval: durationSchema(100, day).nullish().describe('Time from one probe to the next. Default 10s'),
    Timeout: durationSchema(1, 60_000).nullish().describe('Time within which a probe has to be answered. Default 1s'),
    StartPeriod: durationSchema(0, day)
      .nullish()
      .describe('Time to start in: until it is over or a result was good, bad ones do not count. Default 0s'),
    HealthyThreshold: threshold.nullish().describe('Good results in a row that make an instance healthy. Default 1'),
    UnhealthyThreshold: threshold
      .nullish()
      .describe('Bad results in a row that make it unhealthy. Default 3, with Instance 1'),
  })
  .refine((given) => kinds.filter((kind) => given[kind] != null).length === 1, {
    error: `expected exactly one of ${kinds.join(', ')}`,
  })

type HealthProperties = z.infer<typeof healthSchema>

function targetOf({ HTTP, TCP, GRPC }: HealthProperties): Target {
  if (HTTP) return { kind: 'HTTP', ...readRequest(HTTP, requestDefaults) }
  if (TCP) return { kind: 'TCP', port: TCP.Port ?? undefined }
  if (GRPC) return { kind: 'GRPC', port: GRPC.Port ?? undefined, service: GRPC.Service ?? '' }
  return { kind: 'Instance' }
}

/** Fills in the defaults. */
export function readHealth(given: HealthProperties): HealthSettings {
  const target = targetOf(given)
  const ms = (text: string | null | undefined, otherwise: number) => parseDuration(text ?? '') ?? otherwise
  return {
    target,
    intervalMs: ms(given.Interval, 10_000),
    timeoutMs: ms(given.Timeout, 1000),
    startPeriodMs: ms(given.StartPeriod, 0),
    healthyThreshold: given.HealthyThreshold ?? 1,
    // Whoever reports its health has counted already.
    unhealthyThreshold: given.UnhealthyThreshold ?? (target.kind === 'Instance' ? 1 : 3),
  }
}
