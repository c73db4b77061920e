import { z } from 'zod'
import type { Allocation, Attachment, Context, PluginConfig } from '../common.js'
import { shown } from '../shown.js'

/** Schemas of values that several interfaces share. `null` and absent are the same everywhere. */
export const opaque = z.unknown().optional()
export const tags = z.record(z.string(), z.string())
export const attachment: z.ZodType<Attachment> = z.object({ ID: z.string(), Type: z.string() })
export const context: z.ZodType<Context> = z.object({ Reason: z.string() })
export const fenceToken = z.object({ Scope: z.string().min(1), Epoch: z.int().nonnegative() })
export const fenced = { Fence: fenceToken.nullish() }
export const id = z.string().min(1)

export const count = z.int({ error: (issue) => `expected a whole number, got ${shown(issue.input)}` }).nonnegative()

/** As it travels in requests; how it must be written in a group file is checked by the group's schema. */
export const allocation: z.ZodType<Allocation> = z.object({
  Size: count.nullish(),
  LogicalIDs: z.array(z.string()).nullish(),
  State: z.enum(['running', 'stopped']).nullish(),
})

export const pluginConfig: z.ZodType<PluginConfig> = z.strictObject({
  Plugin: z.string().min(1).describe('Name of the plugin, or NAME/TYPE'),
  Properties: opaque.describe('What the plugin should make of it; see the documentation of the plugin'),
})
