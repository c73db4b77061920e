import { z } from 'zod'
import type { Group, GroupDescription, GroupSpec } from '../group.js'
import type { Revisions } from '../revisions.js'
import { fenced, fileName, id, opaque, tags } from './common.js'
import { instanceDescription } from './instance.js'
import type { InterfaceSchemas } from './interface-schemas.js'

/** The ID may be empty here: the group plugin says so in the original's words. */
export const groupSpec: z.ZodType<GroupSpec> = z.object({ ID: fileName, Properties: opaque })

const byId = z.object({ ID: z.string(), ...fenced })

export const groupDescription: z.ZodType<GroupDescription> = z.object({
  Instances: z.array(instanceDescription),
  Converged: z.boolean(),
  Size: z.int().nullish(),
  Status: z.string().nullish(),
  Revision: z.int().nullish(),
  ConfigHash: z.string().nullish(),
  Activities: z
    .array(
      z.object({
        Action: z.string(),
        Instance: z.string().nullish(),
        LogicalID: z.string().nullish(),
        Reason: z.string(),
      }),
    )
    .nullish(),
  LastFailure: z.object({ Message: z.string(), At: z.string(), RetryAt: z.string().nullish() }).nullish(),
  Health: tags.nullish(),
  LastLines: z
    .array(z.object({ Instance: z.string(), At: z.string(), Reason: z.string(), Lines: z.array(z.string()) }))
    .nullish(),
})

export const groupSchemas: InterfaceSchemas<Group> = {
  CommitGroup: {
    request: z.object({ Spec: groupSpec, Pretend: z.boolean().nullish(), ...fenced }),
    result: z.object({ Details: z.string(), Revision: z.int().nullish() }),
  },
  FreeGroup: { request: byId, result: z.void() },
  DescribeGroup: { request: byId, result: z.object({ Description: groupDescription }) },
  DestroyGroup: { request: byId, result: z.void() },
  InspectGroups: { request: z.object({}), result: z.object({ Groups: z.array(groupSpec).nullable() }) },
  Size: { request: byId, result: z.object({ Size: z.int() }) },
  SetSize: { request: byId.extend({ Size: z.int() }), result: z.void() },
  DestroyInstances: { request: byId.extend({ Instances: z.array(id).min(1) }), result: z.void() },
}

export const revisionsSchemas: InterfaceSchemas<Revisions> = {
  History: {
    request: z.object({ ID: z.string() }),
    result: z.object({
      Revisions: z.array(
        z.object({
          Revision: z.int(),
          Committed: z.string(),
          ConfigHash: z.string(),
          Active: z.boolean(),
          Spec: groupSpec,
        }),
      ),
    }),
  },
  Rollback: {
    request: byId.extend({ Revision: z.int().positive().nullish(), Pretend: z.boolean().nullish() }),
    result: z.object({ Details: z.string(), Revision: z.int() }),
  },
}
