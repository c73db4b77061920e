import { stringifyJson } from '@infrakit/rpc'
import { InfrakitError, type InstanceSpec, type Tags } from '@infrakit/spi'
import type { Endpoint, Template } from './properties.js'
import { literal, renameInTemplate, renameReferences, type Rename } from './references.js'

/** The type of the resource that each instance has beside its own: its tags are there, in the state. */
export const noteType = 'terraform_data'

/** What an instance's file is made from. */
export interface Wanted {
  readonly id: string
  readonly spec: Omit<InstanceSpec, 'Properties'>
  readonly template: Template
  readonly endpoints: readonly Endpoint[]
}

/** What a note says, and `local.infrakit` in a template. */
export interface Note {
  readonly ID: string
  readonly LogicalID: string | null
  readonly Tags: Tags
  readonly Init: string
  readonly Attachments: readonly { ID: string; Type: string }[]
}

const remark = 'Made by infrakit-instance-terraform, which writes it anew: changes by hand are lost.'
/** Arguments that hold references, and no templates. */
const bare = new Set(['depends_on', 'replace_triggered_by'])

/** Whether a template uses a field of `local.infrakit`. */
export function uses(template: Template, field: 'Init' | 'Attachments'): boolean {
  let found = false
  const look: Rename = (reference) => {
    found ||= reference === 'local.infrakit'
    return reference
  }
  walk(template, (text) => {
    if (text.includes(`local.infrakit.${field}`)) renameInTemplate(text, look)
    return text
  })
  return found
}

export function noteOf({ id, spec }: Pick<Wanted, 'id' | 'spec'>): Note {
  return {
    ID: id,
    LogicalID: spec.LogicalID ?? null,
    Tags: { ...spec.Tags },
    Init: spec.Init ?? '',
    Attachments: (spec.Attachments ?? []).map(({ ID, Type }) => ({ ID, Type })),
  }
}

/**
 * The .tf.json file of an instance: what the template has, under names of the instance's own, its note as a local value, and the
 * note as a resource that is made last and removed first: an instance with a note is whole.
 *
 * Throws `input` for an `import` or `moved` to something else than a resource of the template.
 */
export function render({ id, spec, template, endpoints }: Wanted): string {
  const { resource, data, locals, import: imports, moved } = template
  const rename = renamer(id, template)
  const renamed = <T>(value: T) => walk(value, (text) => renameInTemplate(text, rename), rename)
  const own = (types: Template['resource']) =>
    Object.entries(types ?? {}).map(([type, names]) => [type, namedAnew(id, names, renamed)] as const)
  const mine = new Map(own(resource))
  const { Init: _, Attachments: __, ...note } = noteOf({ id, spec })
  const input = { ...(literals(note) as object), Endpoints: renamed(endpoints) }
  const depends = addressesOf(id, template)
  mine.set(noteType, { ...mine.get(noteType), [id]: { input, depends_on: depends } })
  const blocks = (list: Template['import'], key: string) =>
    list == null ? {} : { [key]: [list].flat().map((one) => retargeted(one, key, { rename, renamed, depends })) }
  const file = {
    '//': remark,
    locals: { [id]: literals(noteOf({ id, spec })), ...namedAnew(id, locals ?? {}, renamed) },
    ...(data == null ? {} : { data: Object.fromEntries(own(data)) }),
    resource: Object.fromEntries(mine),
    ...blocks(imports, 'import'),
    ...blocks(moved, 'moved'),
  }
  return `${stringifyJson(file, 2)}\n`
}

/** The addresses of an instance's own resources, its note excepted. */
export function addressesOf(id: string, { resource }: Pick<Template, 'resource'>): string[] {
  return Object.entries(resource ?? {}).flatMap(([type, names]) =>
    Object.keys(names).map((name) => `${type}.${ownName(id, name)}`),
  )
}

/** Addresses of the state that a template takes over. */
export function movedFrom({ moved }: Template): string[] {
  return [moved ?? []].flat().flatMap((one) => ('from' in one && typeof one.from === 'string' ? [one.from] : []))
}

function ownName(id: string, name: string): string {
  return `${id}-${name}`
}

function namedAnew(
  id: string,
  names: Readonly<Record<string, unknown>>,
  renamed: (value: unknown) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(names).map(([name, value]) => [ownName(id, name), renamed(value)]))
}

function renamer(id: string, { resource, data, locals }: Template): Rename {
  const known = new Map([['local.infrakit', `local.${id}`]])
  const add = (prefix: string, names: object) => {
    for (const name of Object.keys(names)) known.set(prefix + name, prefix + ownName(id, name))
  }
  for (const [type, names] of Object.entries(resource ?? {})) add(`${type}.`, names)
  for (const [type, names] of Object.entries(data ?? {})) add(`data.${type}.`, names)
  add('local.', locals ?? {})
  return (reference) => known.get(reference) ?? reference
}

interface Retargeting {
  readonly rename: Rename
  readonly renamed: <T>(value: T) => T
  readonly depends: readonly string[]
}

function retargeted(one: { to: string }, key: string, { rename, renamed, depends }: Retargeting): object {
  const to = renameReferences(one.to, rename)
  if (depends.some((address) => to === address || to.startsWith(`${address}[`))) return { ...renamed(one), to }
  const path = `Properties.${key}.to`
  throw new InfrakitError('input', `${path}: '${one.to}' is no resource of the template`, {
    path,
    hint: 'Name one that stands under resource, as TYPE.NAME.',
  })
}

/** Texts of a value, and the keys of its objects, each replaced. Lists of references are replaced by `rename`. */
function walk<T>(value: T, replace: (text: string) => string, rename?: Rename, key?: string): T {
  const go = (inner: unknown, name?: string): unknown => {
    if (typeof inner === 'string') {
      return name !== undefined && bare.has(name) && rename ? renameReferences(inner, rename) : replace(inner)
    }
    if (Array.isArray(inner)) return inner.map((one) => go(one, name))
    // Numbers that JSON.parse would round are objects of a class of their own.
    if (typeof inner !== 'object' || inner === null || !isPlain(inner)) return inner
    return Object.fromEntries(Object.entries(inner).map(([field, one]) => [replace(field), go(one, field)]))
  }
  return go(value, key) as T
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function literals(value: unknown): unknown {
  return walk(value, literal)
}
