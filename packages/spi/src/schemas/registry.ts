import { z } from 'zod'
import type { Lease, LeaseToken, Registry, RegistryEntry, ServiceCheck, ServiceEntry } from '../registry.js'
import { fenced } from './common.js'
import type { InterfaceSchemas } from './interface-schemas.js'

const longestKey = 400
const longestValue = 256 * 1024
const mostOperations = 60

const bytes = (text: string) => new TextEncoder().encode(text).length
/** Half a surrogate pair becomes another character on its way through UTF-8. */
const isWellFormed = (text: string) => !/\p{Surrogate}/u.test(text)

/** Words divided by `/`, as keys and names of leases are. */
export const registryKey = z
  .string()
  .refine(
    (text) => isWellFormed(text) && bytes(text) <= longestKey,
    `expected at most ${longestKey} bytes of well-formed text`,
  )
  .refine(
    (text) => text.split('/').every((word) => word !== '') && !/\p{Cc}/u.test(text),
    "expected words divided by '/', such as shop/colour",
  )

const value = z
  .string()
  .refine((text) => isWellFormed(text) && bytes(text) <= longestValue, 'expected at most 256 KiB of well-formed text')
const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'expected letters, digits, dots, dashes and underscores')
  .max(200)
const version = z.int().nonnegative()
const put = z.object({ Key: registryKey, Value: value, IfVersion: version.nullish() })
const remove = z.object({ Key: registryKey, IfVersion: version.min(1).nullish() })
const check = z.object({ Key: registryKey, Version: version })
const token: z.ZodType<LeaseToken> = z.object({ Name: registryKey, Epoch: z.int().positive() })
const conditional = { Lease: token.nullish(), ...fenced }

const operation = z
  .object({ Put: put.nullish(), Delete: remove.nullish(), Check: check.nullish() })
  .refine(
    (one) => [one.Put, one.Delete, one.Check].filter(Boolean).length === 1,
    'expected one of Put, Delete and Check',
  )
const operations = z
  .array(operation)
  .min(1)
  .max(mostOperations)
  .refine((all) => new Set(all.map(keyOf)).size === all.length, 'expected different keys')
  .refine(
    (all) => all.reduce((sum, { Put }) => sum + bytes(Put?.Value ?? ''), 0) <= longestValue,
    'expected values of at most 256 KiB together',
  )

function keyOf({ Put, Delete, Check }: z.infer<typeof operation>): string | undefined {
  return (Put ?? Delete ?? Check)?.Key
}

const entry: z.ZodType<RegistryEntry> = z.object({ Key: z.string(), Value: z.string(), Version: version })
const lease: z.ZodType<Lease> = z.object({
  Name: z.string(),
  Owner: z.string(),
  Reason: z.string(),
  Since: z.string(),
  TTLSeconds: z.number(),
  Epoch: z.int(),
})
const seconds = z.number().min(1).max(86_400)
const serviceCheck: z.ZodType<ServiceCheck> = z
  .strictObject({
    HTTP: z.url({ protocol: /^https?$/ }).nullish(),
    TCP: z
      .string()
      .regex(/.:\d+$/, 'expected HOST:PORT')
      .nullish(),
    TTLSeconds: seconds.nullish(),
    IntervalSeconds: seconds.nullish(),
    TimeoutSeconds: seconds.nullish(),
  })
  .refine(
    ({ HTTP, TCP, TTLSeconds }) =>
      [HTTP, TCP, TTLSeconds].filter((one) => one !== undefined && one !== null).length === 1,
    'expected one of HTTP, TCP and TTLSeconds',
  )
const serviceShape = {
  Name: name,
  ID: name,
  Address: z.string().min(1),
  Port: z.int().min(1).max(65_535),
  Tags: z.array(z.string()).nullish(),
  Check: serviceCheck.nullish(),
}
/** A service as it is registered, also in a file of the user. */
export const serviceSchema: z.ZodType<ServiceEntry> = z.strictObject(serviceShape)

export const registrySchemas: InterfaceSchemas<Registry> = {
  Get: { request: z.object({ Key: registryKey }), result: z.object({ Entry: entry.nullish() }) },
  Put: { request: put.extend(conditional), result: z.object({ Version: version }) },
  Delete: { request: remove.extend(conditional), result: z.void() },
  List: { request: z.object({ Prefix: z.string() }), result: z.object({ Entries: z.array(entry) }) },
  Txn: {
    request: z.object({ Operations: operations, ...conditional }),
    result: z.object({ Versions: z.array(version) }),
  },
  Acquire: {
    request: z.object({
      Name: registryKey,
      Owner: z.string().min(1),
      Reason: z.string().nullish(),
      TTLSeconds: seconds.nullish(),
      ...fenced,
    }),
    result: z.object({ Lease: lease }),
  },
  Renew: {
    request: z.object({ Name: registryKey, Epoch: z.int().positive(), ...fenced }),
    result: z.object({ Lease: lease }),
  },
  Release: { request: z.object({ Name: registryKey, Epoch: z.int().positive(), ...fenced }), result: z.void() },
  Holder: { request: z.object({ Name: registryKey }), result: z.object({ Lease: lease.nullish() }) },
  Register: { request: z.object({ Service: serviceSchema, ...fenced }), result: z.void() },
  Deregister: { request: z.object({ ID: name, ...fenced }), result: z.void() },
  Services: {
    request: z.object({ Name: name.nullish() }),
    result: z.object({
      Services: z.array(z.object({ ...serviceShape, Health: z.enum(['passing', 'critical']) })),
    }),
  },
}
