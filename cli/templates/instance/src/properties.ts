import type { Opaque } from '@infrakit/spi'
import { parseInput } from '@infrakit/spi/schemas'
import { z } from 'zod'

/** `Properties` as a user writes them. YOUR CLOUD: what one may choose about a machine. */
export const propertiesSchema = z.strictObject({
  Image: z.string().min(1).describe('What the machine starts from'),
  Size: z.enum(['small', 'large']).nullish().describe('How large it is; small when absent'),
})

export type Properties = z.infer<typeof propertiesSchema>

/** Reads `Properties`. Throws `input`, naming each wrong field: whoever commits a group reads it at once. */
export function readProperties(value: Opaque): Properties {
  return parseInput(propertiesSchema, value, { prefix: 'Properties' })
}
