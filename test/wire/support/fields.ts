import { messageOf, readExchanges, readSession, versions, type Message, type Version } from './recording.js'

/** Types of JSON by path, e.g. `Spec.Tags` → `object`. What belongs to users is not looked into. */
export type Fields = ReadonlyMap<string, ReadonlySet<string>>

const opaque = new Set(['Properties', 'Tags', 'Labels'])

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function collect(fields: Map<string, Set<string>>, path: string, value: unknown): void {
  if (path !== '') fields.set(path, (fields.get(path) ?? new Set()).add(typeOf(value)))
  if (typeof value !== 'object' || value === null || opaque.has(path.split('.').at(-1) ?? '')) return
  for (const [key, one] of Object.entries(value)) {
    collect(fields, [path, Array.isArray(value) ? '[]' : key].filter(Boolean).join('.'), one)
  }
}

function fieldsOf(params: object): Fields {
  const fields = new Map<string, Set<string>>()
  collect(fields, '', params)
  return fields
}

/** Every request that a version's real Go processes sent: whole sessions, and the exchanges not sent by hand. */
function recordedCalls(version: Version): Message[] {
  const exchanges = readExchanges(version).filter(({ sentBy }) => sentBy === 'go-client')
  const probes = new Set(
    readExchanges(version).flatMap(({ sentBy, request }) => (sentBy === 'probe' ? [request.body] : [])),
  )
  const session = readSession(version).filter(({ request }) => !probes.has(request.body))
  return [...exchanges, ...session].flatMap(({ request }) => messageOf(request) ?? [])
}

/** Every type that any recording has for a field, by its path in requests of a method, and by its mere name. */
function recordedTypes(): { at(method: string, path: string): ReadonlySet<string> } {
  const types = new Map<string, Set<string>>()
  const add = (key: string, seen: ReadonlySet<string>) => types.set(key, new Set([...(types.get(key) ?? []), ...seen]))
  const nameOf = (path: string) => path.split('.').at(-1) ?? ''
  for (const { method, params } of versions.flatMap(recordedCalls)) {
    for (const [path, seen] of fieldsOf(params)) {
      add(`${method} ${path}`, seen)
      add(nameOf(path), seen)
    }
  }
  return {
    at(method, path) {
      const seen = types.get(`${method} ${path}`) ?? new Set()
      // Where only null was recorded, the type shows elsewhere.
      return seen.size === 1 && seen.has('null') ? (types.get(nameOf(path)) ?? seen) : seen
    },
  }
}

/** What the Go clients of an era sent with each request of a method, with the types that were recorded. */
export function recordedFields(version: Version): (method: string) => Fields {
  const types = recordedTypes()
  const calls = recordedCalls(version)
  const known = new Map<string, Fields>()
  return (method) => {
    const fields = known.get(method) ?? fieldsInAll(calls, method, types)
    known.set(method, fields)
    return fields
  }
}

function fieldsInAll(calls: readonly Message[], method: string, types: ReturnType<typeof recordedTypes>): Fields {
  const [first, ...rest] = calls.filter((call) => call.method === method).map(({ params }) => fieldsOf(params))
  if (!first) throw new Error(`${method} was not recorded`)
  const common = [...first.keys()].filter((path) => rest.every((fields) => fields.has(path)))
  return new Map(common.map((path) => [path, types.at(method, path)]))
}

/** What a request lacks, or has of another type. A field below one that may be null may be missing with it. */
export function lacks(params: object, wanted: Fields): string[] {
  const given = fieldsOf(params)
  const missing = (path: string): boolean => {
    const parent = path.split('.').slice(0, -1).join('.')
    return !given.has(path) && (parent === '' || given.get(parent)?.has('object') === true)
  }
  return [...wanted].flatMap(([path, types]) => {
    if (missing(path)) return [`${path} is missing`]
    const strange = [...(given.get(path) ?? [])].filter((type) => !types.has(type))
    return strange.map((type) => `${path} is ${type}, recorded were ${[...types].join(', ')}`)
  })
}
