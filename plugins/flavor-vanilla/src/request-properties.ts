import { validateHeaderName, validateHeaderValue } from 'node:http'
import { formatDuration, parseDuration } from '@infrakit/spi'
import { tags } from '@infrakit/spi/schemas'
import { z } from 'zod'
import { parseStatuses, type StatusRange } from './status-codes.js'

/** A request as the plugin sends it. */
export interface RequestSettings {
  /** Port in the instance; the first that it tells when absent. */
  readonly port: number | undefined
  readonly scheme: 'http' | 'https'
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly host: string | undefined
  readonly expectStatus: readonly StatusRange[]
  readonly expectBody: string | undefined
  readonly skipVerify: boolean
}

/** A duration within bounds (ms). A timer that is asked for longer than 24 days would end at once. */
export function durationSchema(least: number, most: number) {
  const within = (ms: number | undefined) => ms !== undefined && ms >= least && ms <= most
  return z
    .string()
    .refine((text) => parseDuration(text) !== undefined, {
      error: 'expected a duration such as 10s, 1m30s or 500ms',
      abort: true,
    })
    .refine((text) => within(parseDuration(text)), {
      error: `must be at least ${formatDuration(least)} and at most ${formatDuration(most)}`,
    })
}

export const portSchema = z
  .int()
  .min(1)
  .max(65535)
  .nullish()
  .describe('Port in the instance (ContainerPort of its endpoints); the first that it tells when absent')

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return true
  } catch {
    return false
  }
}

// Values may be secret: what is wrong is said without showing them.
const headersSchema = tags.refine(
  (headers) => Object.entries(headers).every(([name, value]) => isHeader(name, value)),
  {
    error: 'a header has a name or a value that HTTP does not allow',
  },
)

const statusesSchema = z
  .custom<number | string | (number | string)[]>((value) => parseStatuses(value) !== undefined, {
    error: 'expected a status such as 200, a range such as "200-299", or a list of these',
  })
  .meta({ type: ['integer', 'string', 'array'] })

/** The fields that say what is sent, and what has to come back. */
export function requestFields(defaults: { method: string; path: string; statuses: string }) {
  return {
    Port: portSchema,
    Path: z
      .string()
      .regex(/^\/[\x21-\xff]*$/, 'expected a path that begins with / and has no blanks')
      .nullish()
      .describe(`Path and query. Default ${defaults.path}`),
    Scheme: z.enum(['http', 'https']).nullish().describe('http (default) or https'),
    Method: z
      .enum(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'])
      .nullish()
      .describe(`Default ${defaults.method}`),
    Headers: headersSchema.nullish().describe('Headers sent along'),
    Host: z
      .string()
      .regex(/^[\x21-\x7e]+$/, 'expected a host name')
      .nullish()
      .describe('Host header, and the name on the certificate, in place of the address'),
    SkipVerify: z.boolean().nullish().describe('With https: any certificate will do. Default false'),
    ExpectStatus: statusesSchema
      .nullish()
      .describe(`Statuses that are right: 200, "200-299" or a list of such. Default ${defaults.statuses}`),
  }
}

type RequestProperties = {
  readonly [K in keyof ReturnType<typeof requestFields>]?: z.infer<ReturnType<typeof requestFields>[K]>
}

/** Fills in the defaults. */
export function readRequest(
  given: RequestProperties & { readonly ExpectBody?: string | null | undefined },
  defaults: { method: string; path: string; statuses: string },
): RequestSettings {
  return {
    port: given.Port ?? undefined,
    scheme: given.Scheme ?? 'http',
    method: given.Method ?? defaults.method,
    path: given.Path ?? defaults.path,
    headers: given.Headers ?? {},
    host: given.Host ?? undefined,
    expectStatus: parseStatuses(given.ExpectStatus ?? defaults.statuses) ?? [],
    expectBody: given.ExpectBody || undefined,
    skipVerify: given.SkipVerify ?? false,
  }
}
