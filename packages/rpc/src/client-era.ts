import { InfrakitError, type InterfaceDefinition } from '@infrakit/spi'
import { methodIn, splitPath, type Era } from './eras.js'

/** A call as an era wants it. */
export interface EraCall {
  readonly method: string
  readonly params: object
}

/** Which object of which plugin is meant. */
export interface Target {
  readonly plugin: string
  readonly type: string
}

/** Result fields that are lists, which Go writes as `null` when they are empty; with the field they are in, if any. */
const listFields: Readonly<Record<string, readonly [field: string, inside?: string]>> = {
  'Instance.DescribeInstances': ['Descriptions'],
  'Group.DescribeGroup': ['Instances', 'Description'],
  'Metadata.List': ['Nodes'],
  'Event.List': ['Nodes'],
}

function addressFields({ address }: InterfaceDefinition, { plugin, type }: Target): object {
  if (address === 'Type') return { Type: type }
  if (address === 'Name') return { Name: type === '' ? plugin : `${plugin}/${type}` }
  return {}
}

/**
 * The call as it is written for an era. Newer fields stay in: the original passes over what it does not know. Throws
 * `incompatible` for a method that the era does not have.
 */
export function callFor(
  era: Era,
  definition: InterfaceDefinition,
  method: string,
  request: object,
  target: Target,
): EraCall {
  const name = methodIn(era, `${definition.name}.${method}`)
  if (name === undefined) {
    throw new InfrakitError(
      'incompatible',
      `${target.plugin}: ${definition.name}.${method} is not possible: the plugin speaks the protocol of ${era}, which has no such method`,
    )
  }
  const params: Record<string, unknown> = { ...addressFields(definition, target), ...request }
  if (era === 'v0.4.1' && definition.name === 'Metadata' && typeof params.Path === 'string') {
    params.Path = splitPath(params.Path)
  }
  return { method: name, params }
}

/** A result as our interfaces have it. Changes it in place. */
export function resultFrom(definition: InterfaceDefinition, method: string, result: unknown): unknown {
  const [field, inside] = listFields[`${definition.name}.${method}`] ?? []
  if (field === undefined || typeof result !== 'object' || result === null) return result
  const holder = (inside === undefined ? result : (result as Record<string, unknown>)[inside]) as
    Record<string, unknown> | null | undefined
  if (typeof holder === 'object' && holder !== null) holder[field] ??= []
  return result
}
