import { InfrakitError, RemoteError, type InterfaceDefinition } from '@infrakit/spi'
import { versionIn, type Era } from './eras.js'

/** An interface that a plugin has, in the version of the handshake's era, and the objects that have it. */
export interface ImplementedInterface {
  readonly name: string
  readonly version: string
  /** Empty when the era does not tell. */
  readonly types: readonly string[]
}

export interface Handshake {
  readonly era: Era
  readonly objects: readonly ImplementedInterface[]
}

/** Sends a handshake method without parameters and gives its result. */
export type Ask = (method: string) => Promise<unknown>

type Row = Readonly<Record<string, unknown>>

function rowOf(value: unknown): Row {
  return typeof value === 'object' && value !== null ? (value as Row) : {}
}

/** The answer, or `undefined` when the plugin answered with an error: it knows no such handshake. */
async function askIfKnown(ask: Ask, method: string): Promise<Row | undefined> {
  try {
    return rowOf(await ask(method))
  } catch (error) {
    if (error instanceof RemoteError) return undefined
    throw error
  }
}

function splitId(id: string, types: readonly string[]): ImplementedInterface {
  const slash = id.indexOf('/')
  return { name: id.slice(0, slash < 0 ? id.length : slash), version: slash < 0 ? '' : id.slice(slash + 1), types }
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}

function fromHello(answer: Row): ImplementedInterface[] {
  return Object.entries(rowOf(answer.Objects)).map(([id, objects]) => {
    const names = listOf(objects).map((object) => String(rowOf(object).Name ?? ''))
    return splitId(id, names)
  })
}

function fromApis(answer: Row, types: Row): ImplementedInterface[] {
  return listOf(answer.APIs).map((api) => {
    const { Name, Version } = rowOf(api)
    const named = listOf(types[`${String(Name)}/${String(Version)}`]).map(String)
    return { name: String(Name), version: String(Version), types: named }
  })
}

/** Shakes hands, newest era first. Throws `incompatible` when the plugin knows none of the handshakes. */
export async function shakeHands(ask: Ask, plugin: string): Promise<Handshake> {
  const hello = await askIfKnown(ask, 'Handshake.Hello')
  if (hello) return { era: 'HEAD', objects: fromHello(hello) }
  const implemented = await askIfKnown(ask, 'Handshake.Implements')
  if (implemented) {
    const types = await askIfKnown(ask, 'Handshake.Types')
    return { era: types ? 'v0.5' : 'v0.4.1', objects: fromApis(implemented, rowOf(types?.Types)) }
  }
  const oldest = await askIfKnown(ask, 'Plugin.Implements')
  if (oldest) return { era: 'v0.1.0', objects: fromApis(oldest, {}) }
  throw new InfrakitError('incompatible', `${plugin}: it knows none of the handshakes from v0.1.0 to HEAD`, {
    hint: 'is there really an InfraKit plugin behind this socket?',
  })
}

/** What a handshake says of an interface in the version that its era wants; `undefined` when it is not there. */
export function findInterface(shake: Handshake, definition: InterfaceDefinition): ImplementedInterface | undefined {
  const wanted = versionIn(shake.era, definition)
  return shake.objects.find(({ name, version }) => name === definition.name && version === wanted)
}

/** Whether the interface is there, and for a `type`, whether that object has it as far as the era tells. */
export function hasInterface(shake: Handshake, definition: InterfaceDefinition, type?: string): boolean {
  const found = findInterface(shake, definition)
  if (!found) return false
  return type === undefined || found.types.length === 0 || found.types.includes(type || '.')
}

/** Says what a plugin lacks and what it has instead. */
export function lacksInterface(shake: Handshake, definition: InterfaceDefinition, plugin: string): InfrakitError {
  const wanted = `${definition.name}/${versionIn(shake.era, definition) ?? definition.version}`
  const has = shake.objects.map(({ name, version }) => `${name}/${version}`).join(', ') || 'no interface at all'
  return new InfrakitError('incompatible', `${plugin}: it does not implement ${wanted}; it has ${has}`)
}
