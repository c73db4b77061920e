import { InfrakitError, named } from '@infrakit/spi'
import type { OfferedInterface } from './offer.js'

function textOf(value: unknown, path: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  throw new InfrakitError('input', `${path}: expected a text, got ${named(value)}`, { path })
}

/** The part after `/` of a name such as `swarm/manager`; '' when there is none. */
function partAfterSlash(name: string): string {
  const slash = name.indexOf('/')
  return slash < 0 ? '' : name.slice(slash + 1)
}

function noObject(type: string): InfrakitError {
  return new InfrakitError('not-found', `no-plugin:${type || '.'}`)
}

/**
 * The object that a request is meant for. `''` and `.` mean the object `.`. A `Type` that is not there is `not-found`;
 * the second part of a `Name` may also name something inside the object (a group), so that an unknown one falls back
 * on `.`. Throws `input` when the field is no text.
 */
export function findObject(offered: OfferedInterface, request: Readonly<Record<string, unknown>>): object {
  const { definition, objects } = offered
  if (definition.address === 'Type') {
    const type = textOf(request.Type, 'Type')
    const object = objects.get(type || '.')
    if (!object) throw noObject(type)
    return object
  }
  const type = definition.address === 'Name' ? partAfterSlash(textOf(request.Name, 'Name')) : ''
  const object = objects.get(type || '.') ?? objects.get('.')
  if (!object) throw noObject(type)
  return object
}
