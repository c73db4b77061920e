import type { InstanceDescription, Tags } from '@infrakit/spi'
import { noteType } from './render.js'

/** A resource as `terraform show -json` has it. */
export interface StateResource {
  readonly address: string
  readonly mode: string
  readonly type: string
  readonly name: string
  readonly tainted?: boolean
  readonly values?: Readonly<Record<string, unknown>>
  readonly sensitive_values?: unknown
}

interface Shown {
  readonly values?: { readonly root_module?: { readonly resources?: readonly StateResource[] } }
}

const ownName = /^(instance-\d+)(?:-(.+))?$/

/** The instance that a file or a resource belongs to, by its name alone. */
export function instanceIn(name: string): string | undefined {
  return ownName.exec(name)?.[1]
}

/** The managed resources of the state. */
export function resourcesOf(shown: unknown): readonly StateResource[] {
  return ((shown as Shown).values?.root_module?.resources ?? []).filter(({ mode }) => mode === 'managed')
}

/** What is known of an instance. */
export interface Seen {
  readonly id: string
  readonly logicalId: string | null
  readonly tags: Tags | null
  readonly endpoints: unknown
  /** Its own resources, the note excepted. */
  readonly resources: readonly StateResource[]
  /** Whether the note is there. */
  readonly noted: boolean
  /** What is wrong with it, in words. */
  readonly problem: string | undefined
}

/** What an instance's file says of it. */
export interface Filed {
  readonly id: string
  readonly logicalId: string | null
  readonly tags: Tags | null
  /** Addresses of its own resources; `undefined` when the file makes no sense. */
  readonly addresses: readonly string[] | undefined
  /** Whether it is on its way out. */
  readonly leaving: boolean
}

/**
 * The instances that there are: those with a note in the state, and those with a file. Resources of others are passed over,
 * whatever they are called: only a note or a file says that a name is ours.
 */
export function observe(resources: readonly StateResource[], files: readonly Filed[]): Seen[] {
  const notes = new Map(resources.filter(isNote).map((note) => [note.name, note]))
  const filed = new Map(files.map((file) => [file.id, file]))
  return [...new Set([...notes.keys(), ...filed.keys()])].sort().map((id) => {
    const note = notes.get(id)
    const file = filed.get(id)
    const said =
      note && ((note.values?.['input'] ?? {}) as { LogicalID?: string | null; Tags?: Tags; Endpoints?: unknown })
    const own = resources.filter((one) => instanceIn(one.name) === id && one !== note)
    return {
      id,
      logicalId: (said ? said.LogicalID : file?.logicalId) ?? null,
      tags: (said ? said.Tags : file?.tags) ?? null,
      endpoints: note ? masked(said?.Endpoints, fieldOf(note.sensitive_values, 'input', 'Endpoints')) : undefined,
      resources: own,
      noted: note !== undefined,
      problem: problemOf(own, note, file),
    }
  })
}

export function isNote({ type, name, values }: StateResource): boolean {
  return (
    type === noteType && instanceIn(name) === name && (values?.['input'] as { ID?: unknown } | undefined)?.ID === name
  )
}

function problemOf(
  own: readonly StateResource[],
  note: StateResource | undefined,
  file: Filed | undefined,
): string | undefined {
  if (!note) {
    if (file?.leaving) return 'it was not destroyed to its end'
    return own.length > 0 ? "Terraform's state has only a part of it" : "Terraform's state has nothing of it"
  }
  const tainted = [note, ...own].find((one) => one.tainted)
  if (tainted) return `${tainted.address} is tainted`
  const lost = file?.addresses?.find((address) => !own.some((one) => belongsTo(one, address)))
  return lost === undefined ? undefined : `${lost} is not in Terraform's state any more`
}

function belongsTo({ type, name }: StateResource, address: string): boolean {
  return `${type}.${name}` === address
}

/** As `DescribeInstances` shows it. */
export function describe(seen: Seen, withProperties: boolean): InstanceDescription {
  return {
    ID: seen.id,
    LogicalID: seen.logicalId,
    Tags: seen.tags,
    ...(withProperties ? { Properties: propertiesOf(seen) } : {}),
    ...(seen.problem === undefined ? {} : { State: 'failed' as const, StateReason: seen.problem }),
  }
}

function propertiesOf({ id, resources, endpoints }: Seen): object {
  const short = (address: string) => address.replace(`.${id}-`, '.')
  return {
    Endpoints: Array.isArray(endpoints) ? endpoints.map(withPorts) : [],
    Resources: Object.fromEntries(
      resources.map(({ address, values, sensitive_values }) => [short(address), masked(values, sensitive_values)]),
    ),
  }
}

/** Ports are numbers, also where an expression gave a text. */
function withPorts(endpoint: unknown): unknown {
  const { Port, ContainerPort, ...rest } = endpoint as Record<string, unknown>
  const number = (value: unknown) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value)
  return { ...rest, Port: number(Port), ...(ContainerPort == null ? {} : { ContainerPort: number(ContainerPort) }) }
}

function fieldOf(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<string, unknown> | null | undefined)?.[key], value)
}

/** The value without what Terraform calls sensitive. */
export function masked(value: unknown, sensitive: unknown): unknown {
  if (sensitive === true) return null
  if (typeof sensitive !== 'object' || sensitive === null || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((one, i) => masked(one, (sensitive as unknown[])[i]))
  if (Object.keys(sensitive).length === 0) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, masked(one, fieldOf(sensitive, key))]))
}
