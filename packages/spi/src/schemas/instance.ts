import { z } from 'zod'
import type { Instance, InstanceDescription, InstanceSpec } from '../instance.js'
import { attachment, context, fenced, id, opaque, tags } from './common.js'
import type { InterfaceSchemas } from './interface-schemas.js'

export const instanceSpec: z.ZodType<InstanceSpec> = z.object({
  Properties: opaque,
  Tags: tags.nullish(),
  Init: z.string().nullish(),
  LogicalID: z.string().nullish(),
  Attachments: z.array(attachment).nullish(),
})

export const instanceDescription: z.ZodType<InstanceDescription> = z.object({
  ID: id,
  LogicalID: z.string().nullish(),
  Tags: tags.nullish(),
  Properties: opaque,
  State: z.enum(['running', 'stopped', 'failed']).nullish(),
  StateReason: z.string().nullish(),
})

const nothing = z.void()

export const instanceSchemas: InterfaceSchemas<Instance> = {
  Validate: { request: z.object({ Properties: opaque }), result: nothing },
  Provision: { request: z.object({ Spec: instanceSpec, ...fenced }), result: z.object({ ID: id }) },
  Label: { request: z.object({ Instance: id, Labels: tags.nullish(), ...fenced }), result: nothing },
  Destroy: { request: z.object({ Instance: id, Context: context.nullish(), ...fenced }), result: nothing },
  DescribeInstances: {
    request: z.object({ Tags: tags.nullish(), Properties: z.boolean().nullish() }),
    result: z.object({
      Descriptions: z.array(instanceDescription),
      Unreachable: z.array(z.object({ Host: z.string(), Since: z.string() })).nullish(),
    }),
  },
}
