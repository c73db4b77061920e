import type { Opaque } from '@infrakit/spi'
import { parseInput } from '@infrakit/spi/schemas'
import { z } from 'zod'

/** `Properties` as a user writes them. YOUR SERVICE: what one may choose about it. */
export const propertiesSchema = z.strictObject({
  Init: z.array(z.string()).nullish().describe('Commands that an instance runs when it first starts, a line each'),
  Port: z
    .int()
    .min(1)
    .max(65535)
    .nullish()
    .describe('Port of the service in the instance; the first that it tells when absent'),
})

export type Properties = z.infer<typeof propertiesSchema>

/** Reads `Properties`. Throws `input`, naming each wrong field: whoever commits a group reads it at once. */
export function readProperties(value: Opaque): Properties {
  return parseInput(propertiesSchema, value ?? {}, { prefix: 'Properties' })
}
