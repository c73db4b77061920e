import { z } from 'zod'
import type { EventTopics } from '../event.js'
import type { Fence } from '../fence.js'
import type { Job } from '../job.js'
import type { Lifecycle } from '../lifecycle.js'
import type { Logs } from '../logs.js'
import type { Metadata } from '../metadata.js'
import type { Prepare } from '../prepare.js'
import type { Resolve } from '../resolve.js'
import { context, fenced, fenceToken, id, opaque } from './common.js'
import type { InterfaceSchemas } from './interface-schemas.js'

/** Schemas of the optional interfaces. */
export const metadataSchemas: InterfaceSchemas<Metadata> = {
  List: { request: z.object({ Path: z.string() }), result: z.object({ Nodes: z.array(z.string()) }) },
  Get: { request: z.object({ Path: z.string() }), result: z.object({ Value: opaque }) },
}

export const eventSchemas: InterfaceSchemas<EventTopics> = {
  List: { request: z.object({ Topic: z.string() }), result: z.object({ Nodes: z.array(z.string()) }) },
}

export const lifecycleSchemas: InterfaceSchemas<Lifecycle> = {
  Stop: { request: z.object({ Instance: id, Context: context.nullish(), ...fenced }), result: z.void() },
  Start: { request: z.object({ Instance: id, ...fenced }), result: z.void() },
}

export const resolveSchemas: InterfaceSchemas<Resolve> = {
  Resolve: { request: z.object({ Properties: opaque }), result: z.object({ Resolved: opaque }) },
}

export const prepareSchemas: InterfaceSchemas<Prepare> = {
  Prepare: { request: z.object({ Properties: opaque }), result: z.void() },
}

export const fenceSchemas: InterfaceSchemas<Fence> = {
  Raise: { request: fenceToken, result: z.void() },
}

export const logsSchemas: InterfaceSchemas<Logs> = {
  Tail: {
    request: z.object({ Instance: id, Lines: z.int().positive().nullish() }),
    result: z.object({ Lines: z.array(z.string()) }),
  },
}

export const jobSchemas: InterfaceSchemas<Job> = {
  Run: {
    request: z.object({
      Instance: z.string().nullish(),
      Properties: opaque,
      Command: z.array(z.string()).nullish(),
      TimeoutSeconds: z.number().positive().nullish(),
      ...fenced,
    }),
    result: z.object({ ExitCode: z.int(), Output: z.string(), Truncated: z.boolean().nullish() }),
  },
}
