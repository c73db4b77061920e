import type { InterfaceDefinition } from '@infrakit/spi'

/** Releases of the original that shook hands differently, newest first. */
export const eras = ['HEAD', 'v0.5', 'v0.4.1', 'v0.1.0'] as const

export type Era = (typeof eras)[number]

/** The versions that the original's clients of each era want, by interface. Absent: not known to that era. */
const originalVersions: Readonly<Record<string, Readonly<Partial<Record<Era, string>>>>> = {
  Instance: { HEAD: '0.6.1', 'v0.5': '0.5.0', 'v0.4.1': '0.3.0', 'v0.1.0': '0.1.0' },
  Flavor: { HEAD: '0.1.1', 'v0.5': '0.1.0', 'v0.4.1': '0.1.0', 'v0.1.0': '0.1.0' },
  Group: { HEAD: '0.1.1', 'v0.5': '0.1.0', 'v0.4.1': '0.1.0', 'v0.1.0': '0.1.0' },
  Metadata: { HEAD: '0.1.1', 'v0.5': '0.1.0', 'v0.4.1': '0.1.0' },
  Event: { HEAD: '0.1.1', 'v0.5': '0.1.0', 'v0.4.1': '0.1.0' },
}

/** The wire method of an era, where it is not ours; `null` where the era has no such thing. */
const methodsByEra: Readonly<Record<string, Readonly<Partial<Record<Era, string | null>>>>> = {
  'Instance.Label': { 'v0.1.0': null },
  'Group.Size': { 'v0.5': null, 'v0.4.1': null, 'v0.1.0': null },
  'Group.SetSize': { 'v0.5': null, 'v0.4.1': null, 'v0.1.0': null },
  'Group.DestroyInstances': { 'v0.5': null, 'v0.4.1': null, 'v0.1.0': null },
  'Metadata.List': { HEAD: 'Metadata.Keys' },
}

/** Names under which a method of ours is also served. */
export function aliasesOf(wireMethod: string): string[] {
  return Object.values(methodsByEra[wireMethod] ?? {}).filter((name) => name !== null)
}

/** The version of an interface that a handshake of the era shows, or `undefined` when that era shows it not at all. */
export function versionIn(era: Era, definition: InterfaceDefinition): string | undefined {
  const versions = originalVersions[definition.name]
  if (versions) return versions[era]
  return era === 'v0.1.0' ? undefined : definition.version
}

/** What a method of ours is called in an era; `undefined` when the era has no such method. */
export function methodIn(era: Era, wireMethod: string): string | undefined {
  const name = methodsByEra[wireMethod]?.[era]
  return name === null ? undefined : (name ?? wireMethod)
}

/** A Metadata path as v0.4.1 sends it (a list of names, `null` for the root), as our `a/b` text. */
export function joinPath(path: unknown): unknown {
  if (path === null || path === undefined) return '.'
  return Array.isArray(path) ? path.join('/') || '.' : path
}

/** Our `a/b` text as v0.4.1 wants it. */
export function splitPath(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.')
}
