import { z } from 'zod'
import type { DeploymentSpec, DeploymentTest } from '../deployment-spec.js'
import { count, duration, opaque, pluginConfig } from './common.js'
import { groupProperties } from './group-file.js'
import { routeSchema } from './proxy.js'

/** A group's ID, a server's backend and a key are made of it. */
export const serviceName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'expected small letters, digits and dashes')
  .max(60)

const argv = z.array(z.string()).min(1)
const parameter = z.union([z.string(), z.number(), z.boolean()])
const only = (names: readonly string[]) => (value: object) =>
  names.filter((name) => (value as Record<string, unknown>)[name] != null).length === 1

/** Shapes of what a group and a route have too, as the deployment's user writes them. */
const groupShape = shapeOf(groupProperties)
const { Owner: _owner, Backends: _backends, ...routeShape } = shapeOf(routeSchema)

function shapeOf(schema: z.ZodType): Record<string, z.ZodType> {
  return (schema as unknown as { shape: Record<string, z.ZodType> }).shape
}

const group = z.strictObject({
  Plugin: z.string().min(1).nullish().describe('Name of the group plugin. Default group'),
  Size: count.min(1).describe('Instances of the first release; later ones keep the size in force'),
  Instance: pluginConfig,
  Flavor: pluginConfig,
  Updating: groupShape.Updating as z.ZodType<DeploymentSpec['Group']['Updating']>,
  Healing: groupShape.Healing as z.ZodType<DeploymentSpec['Group']['Healing']>,
})

const check = z.strictObject({
  Path: z.string().startsWith('/').describe('Asked with GET; has to answer 2xx or 3xx'),
  Interval: duration.nullish(),
  Timeout: duration.nullish(),
  Rise: count.min(1).nullish(),
  Fall: count.min(1).nullish(),
})

const route = z.strictObject({
  ...routeShape,
  Port: z.int().min(1).max(65_535).nullish().describe('ContainerPort of the endpoint that gets the requests'),
  Check: check.nullish().describe('How the proxy itself finds out whether servers are well'),
})

const percent = z.string().regex(/^(100|\d{1,2})(\.\d)?%$/, 'expected a percentage such as 5%')

const analysis = z.strictObject({
  Counters: z.boolean().nullish().describe("Whether the proxies' counters are compared. Default true"),
  ErrorRate: z
    .number()
    .positive()
    .max(1)
    .nullish()
    .describe('Share of requests that may fail in addition. Default 0.01'),
  Slowdown: z.number().min(1).nullish().describe('How many times slower answers may be. Default 3'),
  MinRequests: count.nullish().describe('Requests before a step is over. Default 0'),
  Timeout: duration.nullish().describe('How long a step waits for them. Default 10m'),
  Command: argv.nullish().describe('Has to exit with 0'),
  Prometheus: z
    .strictObject({ URL: z.url(), Query: z.string().min(1), Min: z.number().nullish(), Max: z.number().nullish() })
    .refine(({ Min, Max }) => Min != null || Max != null, { path: ['Max'], error: 'give Min, Max or both' })
    .nullish(),
  Interval: duration.nullish().describe('Of Command and Prometheus. Default 10s'),
})

const strategy = z
  .strictObject({
    Type: z.enum(['blue-green', 'canary', 'rolling', 'recreate']).describe('Default blue-green'),
    Steps: z.array(percent).min(1).nullish().describe('Of a canary: what the new release gets'),
    By: z.enum(['weight', 'count']).nullish().describe('Of a canary: shares by weight (default) or by instances'),
    Pause: duration
      .nullish()
      .describe(
        'How long the new release is watched: a canary after each of Steps (default 1m), another one with all requests (default not at all)',
      ),
    Manual: z.boolean().nullish().describe('Whether to wait for promote instead'),
    Analysis: analysis.nullish().describe('What ends the deployment while the new release is watched'),
  })
  .refine(({ Steps }) => !Steps || ascends(Steps), { path: ['Steps'], error: 'expected shares that grow, above 0%' })
  .refine(({ Type, ...of }) => Type === 'canary' || (of.Steps == null && of.By == null), {
    path: ['Type'],
    error: 'Steps and By belong to a canary',
  })

function ascends(steps: readonly string[]): boolean {
  return steps.map((step) => parseFloat(step)).every((share, at, all) => share > (all[at - 1] ?? 0))
}

const http = z.strictObject({
  Path: z.string().startsWith('/').nullish().describe('Asked of every new instance, or of every route. Default /'),
  URL: z.url().nullish().describe('Asked instead of instances and routes'),
  Method: z.string().nullish(),
  Headers: z.record(z.string(), z.string()).nullish(),
  Body: z.string().nullish(),
  Status: z.int().min(100).max(599).nullish().describe('Default 200'),
  Contains: z.string().nullish().describe("Has to be in the answer's body"),
  Times: count.min(1).nullish().describe('Answers in a row that have to be right. Default 1'),
})

const test: z.ZodType<DeploymentTest> = z
  .strictObject({
    Name: z.string().min(1),
    Command: argv.nullish().describe('argv, run by the deployment plugin; has to exit with 0'),
    Job: z
      .strictObject({ Properties: opaque, Command: argv.nullish() })
      .nullish()
      .describe("Run by the instance plugin's Job; has to exit with 0"),
    HTTP: http.nullish(),
    Timeout: duration.nullish().describe('Default 1m'),
  })
  .refine(only(['Command', 'Job', 'HTTP']), 'give exactly one of Command, Job and HTTP')

const hook = z.strictObject({
  Name: z.string().min(1),
  Step: z.enum(['start', 'switch', 'record', 'retire']),
  When: z.enum(['before', 'after']).nullish().describe('Default before'),
  Command: argv,
  Undo: argv.nullish().describe('Takes back what Command did'),
  ReadOnly: z.boolean().nullish().describe('Command changes nothing that would have to be taken back'),
  Timeout: duration.nullish().describe('Default 1m'),
})

const notification = z
  .strictObject({
    On: z
      .array(z.enum(['started', 'succeeded', 'failed', 'rolled-back', 'healed', 'cannot-heal']))
      .nullish()
      .describe('Default: all'),
    Webhook: z.strictObject({ URL: z.url(), SecretFile: z.string().startsWith('/').nullish() }).nullish(),
    Slack: z.strictObject({ URL: z.url() }).nullish(),
    Command: argv.nullish(),
    Mail: z
      .strictObject({ Server: z.string().min(1), From: z.string().min(1), To: z.array(z.string()).min(1) })
      .nullish(),
  })
  .refine(only(['Webhook', 'Slack', 'Command', 'Mail']), 'give exactly one of Webhook, Slack, Command and Mail')

/** What a user writes of a service. Unknown keys are refused. */
export const deploymentSpec = z
  .strictObject({
    $schema: z.string().optional().describe('Where an editor finds this schema'),
    Service: serviceName.describe('Name of the service'),
    Parameters: z.record(z.string(), parameter).nullish().describe('Values for ${name} in Group, Tests and Hooks'),
    Group: group.describe('What a release is made from'),
    Registry: z.string().nullish().describe('Name of the registry plugin'),
    Proxies: z.array(z.string().min(1)).nullish().describe('Proxy plugins that get the routes'),
    Routes: z.array(route).nullish().describe('Which requests come to the service'),
    Catalogue: z
      .boolean()
      .nullish()
      .describe("Whether instances are entered in the registry's catalogue. Default true"),
    Strategy: strategy.nullish(),
    Tests: z
      .strictObject({ Pre: z.array(test).nullish(), Post: z.array(test).nullish() })
      .nullish()
      .describe('Pre: of the release directly, before it gets requests. Post: through the proxies, after the switch'),
    Retire: z
      .strictObject({
        How: z.enum(['stop', 'destroy', 'keep']).nullish().describe('What becomes of the old release. Default stop'),
        Retain: count.nullish().describe('How many old releases are kept to go back to. Default 1'),
      })
      .nullish(),
    Deadlines: z
      .strictObject({
        Pull: duration.nullish().describe('For images to be pulled, before anything is changed. Default 30m'),
        Start: duration.nullish().describe('For all instances to be healthy. Default 5m'),
        Switch: duration.nullish().describe('For the proxies to have switched. Default 1m'),
        Drain: duration.nullish().describe('For requests in flight to end; then they are cut. Default 30s'),
        Retire: duration.nullish().describe('For the old release to be retired. Default 5m'),
      })
      .nullish(),
    Hooks: z.array(hook).nullish().describe('Commands at steps'),
    Notify: z.array(notification).nullish().describe('Who is told'),
    AllowUnfenced: z.boolean().nullish().describe('Go on with plugins that cannot refuse an owner of the past'),
  })
  .refine(({ Proxies, Routes }) => !Proxies?.length === !Routes?.length, {
    path: ['Routes'],
    error: 'Proxies and Routes belong together; give both or none',
  }) as unknown as z.ZodType<DeploymentSpec>
