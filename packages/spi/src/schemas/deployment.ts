import { z } from 'zod'
import type { Deployment, DeploymentPlan, DeploymentReport, DeploymentDescription } from '../deployment.js'
import { count, opaque } from './common.js'
import { deploymentSpec, serviceName } from './deployment-spec.js'
import type { InterfaceSchemas } from './interface-schemas.js'

const kind = z.enum(['deploy', 'rollback', 'scale', 'stop-old', 'remove'])
const strategy = z.enum(['blue-green', 'canary', 'rolling', 'recreate'])
const colour = z.enum(['blue', 'green'])

const plan: z.ZodType<DeploymentPlan> = z.object({
  Service: serviceName,
  Kind: kind,
  Strategy: strategy,
  Release: count,
  Colour: colour,
  From: count.nullish(),
  Group: z.string(),
  Scale: count,
  Warnings: z.array(z.string()),
  Steps: z.array(
    z.object({ Name: z.string(), Text: z.string(), UndoText: z.string().nullish(), Do: opaque, Undo: opaque }),
  ),
  Basis: z.record(z.string(), count),
}) as unknown as z.ZodType<DeploymentPlan>

const report: z.ZodType<DeploymentReport> = z.object({
  ID: z.string(),
  Kind: kind,
  Strategy: strategy,
  Release: count,
  From: count.nullish(),
  Colour: colour,
  Scale: count,
  State: z.enum(['running', 'paused', 'reverting', 'succeeded', 'reverted']),
  Owner: z.string(),
  Began: z.string(),
  Ended: z.string().nullish(),
  Steps: z.array(
    z.object({
      Name: z.string(),
      Text: z.string(),
      State: z.enum(['waiting', 'running', 'done', 'undoing', 'undone']),
      Began: z.string().nullish(),
      Ended: z.string().nullish(),
    }),
  ),
  Doing: z.string().nullish(),
  Failure: z.object({ Step: z.string(), Message: z.string(), Details: z.array(z.string()).nullish() }).nullish(),
  Leftovers: z.array(z.string()).nullish(),
})

const description: z.ZodType<DeploymentDescription> = z.object({
  Service: z.string(),
  Summary: z.string(),
  Releases: z.array(
    z.object({
      Release: count,
      Colour: colour,
      Group: z.string(),
      Scale: count,
      State: z.enum(['active', 'running', 'stopped', 'replaced']),
      Deployed: z.string(),
      Strategy: strategy,
    }),
  ),
  Traffic: z.array(
    z.object({
      Release: count,
      Group: z.string(),
      Colour: colour,
      Share: z.number().min(0).max(1),
      Servers: z.array(z.string()),
    }),
  ),
  Deployment: report.nullish(),
  Instances: z.array(
    z.object({ Group: z.string(), Instance: z.string(), Health: z.string(), Reason: z.string().nullish() }),
  ),
})

const byService = { Service: serviceName }
const wait = { WaitSeconds: count.nullish() }
const scaleText = z.string().regex(/^[+-]?\d+$/, 'expected a number of instances such as 5, +2 or -1')
const deploy = { Spec: deploymentSpec, Scale: scaleText.nullish() }
const onlyService = { request: z.object(byService), result: z.void() }
const pretend = { Pretend: z.boolean().nullish() }
const planned = z.object({ ID: z.string().nullish(), Plan: plan })

export const deploymentSchemas: InterfaceSchemas<Deployment> = {
  Plan: { request: z.object(deploy), result: z.object({ Plan: plan }) },
  Deploy: {
    request: z.object({ ...deploy, ...wait, Plan: plan.nullish() }),
    result: z.object({ ID: z.string(), Release: count }),
  },
  Describe: { request: z.object(byService), result: z.object({ Description: description }) },
  List: {
    request: z.object({}),
    result: z.object({
      Services: z.array(
        z.object({
          Service: z.string(),
          Release: count.nullish(),
          Colour: colour.nullish(),
          Scale: count.nullish(),
          State: z.string(),
        }),
      ),
    }),
  },
  History: { request: z.object(byService), result: z.object({ Deployments: z.array(report) }) },
  Logs: {
    request: z.object({ ...byService, ID: z.string().nullish() }),
    result: z.object({ ID: z.string(), Lines: z.array(z.string()) }),
  },
  Promote: onlyService,
  Pause: onlyService,
  Resume: onlyService,
  Abort: { request: z.object({ ...byService, Reason: z.string().nullish() }), result: z.void() },
  Rollback: {
    request: z.object({
      ...byService,
      ...wait,
      ...pretend,
      Release: count.nullish(),
      Now: z.boolean().nullish(),
    }),
    result: planned,
  },
  Scale: { request: z.object({ ...byService, ...wait, ...pretend, Scale: scaleText }), result: planned },
  StopOld: { request: z.object({ ...byService, ...wait, ...pretend }), result: planned },
  Remove: { request: z.object({ ...byService, ...wait, ...pretend }), result: planned },
  Unlock: { request: z.object(byService), result: z.object({ Owner: z.string().nullish() }) },
}
