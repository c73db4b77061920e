import { InfrakitError, type InterfaceDefinition } from '@infrakit/spi'
import { methodIn, splitPath, type Era } from './eras.js'

/** A call as an era wants it. */
export interface EraCall {
  readonly method: string
  readonly params: object
}

/** Result fields that are lists, which Go writes as `null` when they are empty; with the field they are in, if any. */
const listFields: Readonly<Record<string, readonly [field: string, inside?: string]>> = {
  'Instance.DescribeInstances': ['Descriptions'],
  'Group.DescribeGroup': ['Instances', 'Description'],
  'Metadata.List': ['Nodes'],
  'Event.List': ['Nodes'],
}

/** The request fields by which an object behind a plugin is addressed. */
export function addressFields({ address }: InterfaceDefinition, plugin: string, type: string): object {
  if (address === 'Type') return { Type: type }
  if (address === 'Name') return { Name: type === '' ? plugin : `${plugin}/${type}` }
  return {}
}

/**
 * The call `method` (`Metadata.List`) as it is written for an era. Newer fields stay in: the original passes over what
 * it does not know. Throws `incompatible` for a method that the era does not have.
 */
export function callFor(era: Era, method: string, params: Record<string, unknown>, plugin: string): EraCall {
  const name = methodIn(era, method)
  if (name === undefined) {
    throw new InfrakitError(
      'incompatible',
      `${plugin}: ${method} is not possible: the plugin speaks the protocol of ${era}, which has no such method`,
    )
  }
  if (era === 'v0.4.1' && method.startsWith('Metadata.') && typeof params.Path === 'string') {
    return { method: name, params: { ...params, Path: splitPath(params.Path) } }
  }
  return { method: name, params }
}

/** A result as our interfaces have it. Changes it in place. */
export function resultFrom(method: string, result: unknown): unknown {
  const [field, inside] = listFields[method] ?? []
  if (field === undefined || typeof result !== 'object' || result === null) return result
  const holder = (inside === undefined ? result : (result as Record<string, unknown>)[inside]) as
    Record<string, unknown> | null | undefined
  if (typeof holder === 'object' && holder !== null) holder[field] ??= []
  return result
}
