import { InfrakitError, named, nearest, shown, type GroupSpec } from '@infrakit/spi'
import { readDocuments } from './documents.js'

/** A group's specification and where it was read. */
export interface GroupInFile {
  /** Stands before every complaint about it: the file, and the group when the file holds several. */
  readonly source: string
  readonly spec: GroupSpec
}

/**
 * Reads the groups of a file: one group, a list of groups, several YAML documents, or the list of `{kind: group,
 * metadata: {name}, properties}` that HEAD of the original reads. `Properties` stay as they are. Throws `input`.
 */
export async function readGroups(file: string): Promise<GroupInFile[]> {
  const { source, values } = await readDocuments(file)
  const entries = values.flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : [value]))
  const groups = entries.map((entry, index) => {
    const at = entries.length > 1 ? `${source}: ${nameOf(entry) ?? `group ${index + 1}`}` : source
    return { source: at, spec: toSpec(at, entry) }
  })
  if (groups.length === 0) throw new InfrakitError('input', `${source}: it holds no group`)
  refuseTwins(source, groups)
  return groups
}

function toSpec(source: string, entry: unknown): GroupSpec {
  if (!isRecord(entry)) throw new InfrakitError('input', `${source}: expected a group, got ${named(entry)}`)
  return 'kind' in entry ? fromHead(source, entry) : fromGroup(source, entry)
}

function fromGroup(source: string, entry: Record<string, unknown>): GroupSpec {
  refuseUnknown(source, entry, ['ID', 'Properties'], ['$schema'])
  const { ID = '', Properties = null } = entry
  if (typeof ID !== 'string') throw wrong(source, 'ID', `expected a text, got ${named(ID)}`)
  return { ID, Properties }
}

function fromHead(source: string, entry: Record<string, unknown>): GroupSpec {
  refuseUnknown(source, entry, ['kind', 'metadata', 'properties'], ['version', 'options', '$schema'])
  if (entry['kind'] !== 'group') throw wrong(source, 'kind', `expected "group", got ${shown(entry['kind'])}`)
  const name = isRecord(entry['metadata']) ? entry['metadata']['name'] : undefined
  if (typeof name !== 'string') throw wrong(source, 'metadata.name', `expected a text, got ${named(name)}`)
  return { ID: name, Properties: entry['properties'] ?? null }
}

function refuseUnknown(source: string, entry: object, known: readonly string[], ignored: readonly string[]): void {
  for (const key of Object.keys(entry)) {
    if (known.includes(key) || ignored.includes(key)) continue
    const near = nearest(key, known)
    throw wrong(source, key, `unknown key${near ? `, did you mean '${near}'?` : `; expected ${known.join(', ')}`}`)
  }
}

function refuseTwins(source: string, groups: readonly GroupInFile[]): void {
  const seen = new Set<string>()
  for (const { spec } of groups) {
    if (seen.has(spec.ID)) throw new InfrakitError('input', `${source}: group ${spec.ID} is there twice`)
    seen.add(spec.ID)
  }
}

function nameOf(entry: unknown): string | undefined {
  if (!isRecord(entry)) return undefined
  const metadata = entry['metadata']
  const name = entry['ID'] ?? (isRecord(metadata) ? metadata['name'] : undefined)
  return typeof name === 'string' && name !== '' ? name : undefined
}

function wrong(source: string, path: string, problem: string): InfrakitError {
  return new InfrakitError('input', `${source}: ${path}: ${problem}`, { path })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
