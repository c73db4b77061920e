import { z } from 'zod'
import type { AppliedRoute, LiveServer, Proxy, ProxyRoute } from '../proxy.js'
import { duration, fenced } from './common.js'
import type { InterfaceSchemas } from './interface-schemas.js'

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'expected letters, digits, dots, dashes and underscores')
  .max(100)
const version = z.int().nonnegative()
const times = z.int().nonnegative()

const listen = z
  .string()
  .regex(/^(|\d+\.\d+\.\d+\.\d+|\[[0-9a-fA-F:.]+\]):\d{1,5}$/, 'expected ADDRESS:PORT, [IPV6]:PORT or :PORT')
  .refine((text) => {
    const port = Number(text.slice(text.lastIndexOf(':') + 1))
    return port >= 1 && port <= 65_535
  }, 'expected a port from 1 to 65535')

/** Without what would have to be decoded, and without what means something in the configuration of some proxy. */
const path = z
  .string()
  .regex(/^\/[A-Za-z0-9._~+,=:@/-]*$/, "expected a path that begins with '/', without query or escapes")
const host = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'expected the name of a host in small letters, without a port')
  .max(253)

const server = z.strictObject({
  Name: name.describe('Alone in its route; another address wants another name'),
  Host: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]+$/, 'expected a name or an IP address')
    .describe('Name or IP address'),
  Port: z.int().min(1).max(65_535),
  Weight: z
    .int()
    .min(0)
    .max(100)
    .nullish()
    .describe('Share of what its backend gets, beside its other servers. Default 1'),
})

const check = z.strictObject({
  Path: path.describe('Asked with GET; has to answer 2xx or 3xx'),
  Interval: duration.nullish().describe('Time between two questions. Default 2s'),
  Timeout: duration.nullish().describe('Default 2s'),
  Rise: times.min(1).nullish().describe('Good answers in a row that make a server well again. Default 2'),
  Fall: times.min(1).nullish().describe('Bad ones in a row that take it out. Default 3'),
})

const backend = z.strictObject({
  Name: name,
  Weight: z
    .int()
    .min(0)
    .max(1000)
    .nullish()
    .describe("Share of the route's requests, beside the other backends. Default 1"),
  Servers: z.array(server),
  Check: check.nullish().describe('How the proxy itself finds out whether servers are well'),
})

/** A route, as it is applied and as it stands in a file. */
export const routeSchema: z.ZodType<ProxyRoute> = z
  .strictObject({
    Name: name.describe('Alone in its proxy'),
    Owner: z.string().min(1).max(200).describe('Who may change and remove it'),
    Listen: listen.describe('ADDRESS:PORT, [IPV6]:PORT or :PORT; routes may share one'),
    Host: host.nullish().describe('Only requests for this host; without it all that no other route names'),
    PathPrefix: path.nullish().describe('Only this path and those below it; the longest one wins. Default /'),
    StripPrefix: z.boolean().nullish().describe('Whether servers get the path without the prefix. Default false'),
    TLS: z
      .strictObject({ Certificate: z.string().startsWith('/'), Key: z.string().startsWith('/') })
      .nullish()
      .describe('Paths of PEM files, read anew when they change'),
    Timeouts: z
      .strictObject({
        Connect: duration.nullish().describe('To connect to a server. Default 5s'),
        Server: duration.nullish().describe('Without a byte from the server. Default 60s'),
        Client: duration.nullish().describe('Without a byte from the client. Default 60s'),
      })
      .nullish(),
    Balance: z.enum(['round_robin', 'least_conn', 'ip_hash']).nullish().describe('Default round_robin'),
    MaxFails: times.nullish().describe('Failed connections in a row after which a server rests. Default 3; 0: never'),
    FailTimeout: duration.nullish().describe('For how long it rests. Default 10s'),
    Hitless: z.boolean().nullish().describe('Refuse whatever could fail a request during a change. Default true'),
    Backends: z.array(backend).min(1),
  })
  .check(({ value, issues }) => {
    const repeated = (names: readonly string[], path: PropertyKey[]) => {
      const again = names.find((one, i) => names.indexOf(one) !== i)
      if (again !== undefined) issues.push({ code: 'custom', input: value, path, message: `'${again}' is there twice` })
    }
    repeated(
      value.Backends.map(({ Name }) => Name),
      ['Backends'],
    )
    repeated(
      value.Backends.flatMap(({ Servers }) => Servers.map(({ Name }) => Name)),
      ['Backends'],
    )
  })

const applied: z.ZodType<AppliedRoute> = z.object({
  Route: routeSchema,
  Version: version,
  Drained: z.array(z.string()),
})
const live: z.ZodType<LiveServer> = z.object({
  Backend: z.string(),
  Name: z.string(),
  Host: z.string(),
  Port: z.int(),
  State: z.enum(['up', 'down', 'draining', 'unknown']),
  Share: z.number().min(0).max(1),
  InFlight: z.int().nonnegative(),
  Requests: z.int().nonnegative(),
  Answers: z.object({ '1xx': z.int(), '2xx': z.int(), '3xx': z.int(), '4xx': z.int(), '5xx': z.int() }),
  ConnectErrors: z.int().nonnegative(),
  AnswerErrors: z.int().nonnegative(),
  Retries: z.int().nonnegative(),
  AnswerMs: z.number().nonnegative().nullish(),
})
const byName = { Name: name, Owner: z.string().min(1), IfVersion: version.nullish(), ...fenced }

export const proxySchemas: InterfaceSchemas<Proxy> = {
  Validate: { request: z.object({ Route: routeSchema }), result: z.void() },
  Apply: {
    request: z.object({ Route: routeSchema, IfVersion: version.nullish(), ...fenced }),
    result: z.object({ Version: version, Changed: z.boolean() }),
  },
  Describe: {
    request: z.object({ Name: name }),
    result: z.object({
      Route: z.object({
        Route: routeSchema,
        Version: version,
        Drained: z.array(z.string()),
        Servers: z.array(live),
      }),
    }),
  },
  Drain: {
    request: z.object({
      ...byName,
      Server: name,
      TimeoutSeconds: z.number().nonnegative().nullish(),
      Cut: z.boolean().nullish(),
      Undo: z.boolean().nullish(),
    }),
    result: z.object({ InFlight: z.int().nonnegative(), Cut: z.int().nonnegative() }),
  },
  Remove: { request: z.object(byName), result: z.void() },
  List: { request: z.object({}), result: z.object({ Routes: z.array(applied) }) },
}
