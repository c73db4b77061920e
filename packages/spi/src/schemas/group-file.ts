import { z } from 'zod'
import { parseDuration } from '../duration.js'
import type { GroupSpec } from '../group.js'
import type { GroupProperties, Healing, Updating } from '../group-properties.js'
import { count, duration, pluginConfig } from './common.js'

const allocation = z.strictObject({
  Size: count.nullish().describe('Number of instances (cattle); excludes LogicalIDs'),
  LogicalIDs: z.array(z.string().min(1)).nullish().describe('Identities of the instances (pets); excludes Size'),
  State: z
    .enum(['running', 'stopped'])
    .nullish()
    .describe('stopped parks the group: its members are stopped and kept. Default running'),
})

const updating: z.ZodType<Updating> = z
  .strictObject({
    MaxSurge: count.nullish().describe('Instances above the size an update may make. Default 0'),
    MaxUnavailable: count
      .nullish()
      .describe('Instances below the size an update may go. Default 1, or 0 when MaxSurge is given'),
    Count: count.nullish().describe('Consecutive healthy observations before a new instance counts. Default 1'),
    Duration: duration.nullish().describe('Time a new instance must stay healthy before it counts; excludes Count'),
    Deadline: duration.nullish().describe('Longest time without progress. Default 10m; 0s waits for ever'),
    OnFailure: z
      .enum(['halt', 'rollback'])
      .nullish()
      .describe('What to do at the deadline: halt (default) or go back to the previous revision'),
    SkipBeforeInstanceDestroy: z
      .enum(['drain', ''])
      .nullish()
      .describe('drain: do not drain an instance before it is destroyed'),
  })
  .refine((u) => !(u.Count && parseDuration(u.Duration ?? '0')), {
    path: ['Count'],
    error: 'Count and Duration exclude each other; give one of them',
  })
  .refine((u) => !(u.MaxSurge === 0 && u.MaxUnavailable === 0) && !(u.MaxSurge == null && u.MaxUnavailable === 0), {
    path: ['MaxUnavailable'],
    error: 'MaxSurge and MaxUnavailable cannot both be 0: no instance could ever be replaced',
  })

const healing: z.ZodType<Healing> = z.strictObject({
  Interval: duration.nullish().describe("Time between two observations of a member's health. Default 10s"),
  UnhealthyAfter: count
    .nullish()
    .describe('Consecutive unhealthy observations after which a member is replaced. Default 3; 0 never replaces'),
  HostTimeout: duration
    .nullish()
    .describe('Time for which members on a host that cannot be reached count as there. Default 60s; 0s waits for ever'),
})

/** `Properties` of a group: unknown keys are refused. */
export const groupProperties: z.ZodType<GroupProperties> = z.strictObject({
  $schema: z.string().optional().describe('Where an editor finds this schema'),
  Allocation: allocation,
  Instance: pluginConfig,
  Flavor: pluginConfig,
  Updating: updating.nullish().describe('How an update goes'),
  Healing: healing.nullish().describe("How the members' health is watched"),
})

/** A group file as an editor completes it. */
export const groupFile: z.ZodType<GroupSpec & { $schema?: string | undefined }> = z.strictObject({
  $schema: z.string().optional().describe('Where an editor finds this schema'),
  ID: z.string().min(1).describe('Name of the group'),
  Properties: groupProperties,
})
