import { z } from 'zod'
import type { Allocation, Attachment, Context, PluginConfig, Tags } from '../common.js'
import { parseDuration } from '../duration.js'
import { shown } from '../shown.js'

/** Text after which a plugin may name a file of its state: the scope of a fence, the ID of a group. */
export const fileName = z.string().refine((text) => {
  try {
    return encodeURIComponent(text).length <= 200
  } catch {
    return false
  }
}, 'expected well-formed text that takes at most 200 bytes in a URL')

/** Schemas of values that several interfaces share. `null` and absent are the same everywhere. */
export const opaque = z.unknown().optional()
export const tags = textsByName()
export const attachment: z.ZodType<Attachment> = z.object({ ID: z.string(), Type: z.string() })
export const context: z.ZodType<Context> = z.object({ Reason: z.string() })
export const fenceToken = z.object({ Scope: fileName.min(1), Epoch: z.int().nonnegative() })
export const fenced = { Fence: fenceToken.nullish() }
export const id = z.string().min(1)

export const count = z.int({ error: (issue) => `expected a whole number, got ${shown(issue.input)}` }).nonnegative()

/** A length of time as Go writes it. */
export const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, { error: 'expected a duration such as 10s, 1m30s or 500ms' })
  .meta({ examples: ['10s', '1m30s'] })

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

/** A record of texts. zod's own leaves out a key called `__proto__`, which is a tag like any other. */
function textsByName(): z.ZodType<Tags> {
  const schema = z.unknown().check(({ value, issues }) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      issues.push({ code: 'invalid_type', expected: 'record', input: value, path: [] })
      return
    }
    for (const [key, text] of Object.entries(value)) {
      if (typeof text !== 'string') issues.push({ code: 'invalid_type', expected: 'string', input: text, path: [key] })
    }
  })
  const shape = { type: 'object', propertyNames: { type: 'string' }, additionalProperties: { type: 'string' } }
  return schema.meta(shape) as z.ZodType<Tags>
}
