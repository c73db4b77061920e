import { z } from 'zod'
import type { Flavor } from '../flavor.js'
import { allocation, fenced, opaque } from './common.js'
import { instanceDescription, instanceSpec } from './instance.js'
import type { InterfaceSchemas } from './interface-schemas.js'

const instanceRequest = z.object({ Properties: opaque, Instance: instanceDescription, ...fenced })

export const flavorSchemas: InterfaceSchemas<Flavor> = {
  Validate: { request: z.object({ Properties: opaque, Allocation: allocation.nullish() }), result: z.void() },
  Prepare: {
    request: z.object({
      Properties: opaque,
      Spec: instanceSpec,
      Allocation: allocation.nullish(),
      Index: z.object({ Group: z.string(), Sequence: z.int() }).nullish(),
    }),
    result: z.object({ Spec: instanceSpec }),
  },
  Healthy: {
    request: instanceRequest,
    result: z.object({ Health: z.literal([0, 1, 2]), Reason: z.string().nullish() }),
  },
  Drain: { request: instanceRequest, result: z.void() },
}
