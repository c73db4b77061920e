import { InfrakitError, nearest, type InstanceSpec } from '@infrakit/spi'

const known = ['Properties', 'Tags', 'Init', 'LogicalID', 'Attachments']

/** Takes a file's value for the specification of an instance; its properties are the plugin's. Throws `input`. */
export function instanceSpec(source: string, value: unknown): InstanceSpec {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InfrakitError(
      'input',
      `${source}: expected an object with Properties, Tags, Init, LogicalID, Attachments`,
    )
  }
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    const near = nearest(key, known)
    const problem = near ? `unknown key, did you mean '${near}'?` : `unknown key; expected ${known.join(', ')}`
    throw new InfrakitError('input', `${source}: ${key}: ${problem}`, { path: key })
  }
  return value
}
