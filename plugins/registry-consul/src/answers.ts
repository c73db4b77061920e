/** What comes from Consul, looked at before it is taken for what it should be. Pure. */

/** A key as Consul keeps it. */
export interface ConsulEntry {
  readonly Key: string
  /** As it came: bytes; absent in answers to changes. */
  readonly Value: Buffer | null
  readonly ModifyIndex: number
  readonly Session: string | undefined
}

/** One place of a service, with all checks that concern it. */
export interface ConsulService {
  readonly Node: { readonly Node: string; readonly Address: string }
  readonly Service: {
    readonly ID: string
    readonly Service: string
    readonly Address: string
    readonly Port: number
    readonly Tags: readonly string[] | null
    readonly ModifyIndex: number
  }
  readonly Checks: readonly {
    readonly CheckID: string
    readonly Status: string
    readonly Notes: string
  }[]
}

/** Something answered, and it is not Consul. */
export class NotConsul extends Error {}

type Row = Readonly<Record<string, unknown>>

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function row(value: unknown, what: string): Row {
  if (isRow(value)) return value
  throw new NotConsul(`the answer is not ${what}`)
}

/** A list; Consul writes `null` for an empty one. */
export function listIn(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (value === null) return []
  throw new NotConsul(`the answer is not ${what}`)
}

function field<T>(of: Row, name: string, isIt: (value: unknown) => value is T, what: string): T {
  const value = of[name]
  if (isIt(value)) return value
  throw new NotConsul(`the answer is not ${what}: it has no ${name}`)
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isIndex = (value: unknown): value is number => Number.isSafeInteger(value)
const isBytes = (value: unknown): value is Buffer | null => value === null || Buffer.isBuffer(value)

/** An entry whose value, if it has one, is bytes already. */
export function entryIn(value: unknown): ConsulEntry {
  const entry = row(value, 'a key')
  const { Session } = entry
  return {
    Key: field(entry, 'Key', isText, 'a key'),
    Value: field(entry, 'Value', isBytes, 'a key'),
    ModifyIndex: field(entry, 'ModifyIndex', isIndex, 'a key'),
    Session: isText(Session) && Session !== '' ? Session : undefined,
  }
}

/** What a transaction changed: the version of each key that it wrote, by its whole name. */
export function writtenIn(value: unknown): ReadonlyMap<string, number> {
  const { Results, Errors } = row(value, 'of a transaction')
  if (Errors !== null || Results === undefined) throw new NotConsul('the answer is not of a transaction')
  const entries = listIn(Results, 'of a transaction').map((one) => row(row(one, 'of a transaction')['KV'], 'a key'))
  return new Map(
    entries.map((one) => [field(one, 'Key', isText, 'a key'), field(one, 'ModifyIndex', isIndex, 'a key')]),
  )
}

/** Which operations of a transaction were refused, by their place in it; the first one first. */
export function refusedIn(value: unknown): readonly number[] {
  const { Errors } = row(value, 'of a transaction')
  const places = listIn(Errors, 'of a transaction').map((one) =>
    field(row(one, 'an error'), 'OpIndex', isIndex, 'an error'),
  )
  if (places.length === 0) throw new NotConsul('the answer is not of a transaction: it was refused without a reason')
  return [...places].sort((a, b) => a - b)
}

export function idIn(value: unknown): string {
  return field(row(value, 'a session'), 'ID', isText, 'a session')
}

export function namesIn(value: unknown): string[] {
  return Object.keys(row(value, 'a catalogue'))
}

export function nodeNameIn(value: unknown): string {
  return field(row(row(value, 'an agent')['Config'], 'an agent'), 'NodeName', isText, 'an agent')
}

export function serviceIn(value: unknown): ConsulService {
  const place = row(value, 'a place of a service')
  const [node, service] = [row(place['Node'], 'a node'), row(place['Service'], 'a service')]
  const text = (of: Row, name: string) => field(of, name, isText, 'a service')
  return {
    Node: { Node: text(node, 'Node'), Address: text(node, 'Address') },
    Service: {
      ID: text(service, 'ID'),
      Service: text(service, 'Service'),
      Address: text(service, 'Address'),
      Port: field(service, 'Port', isIndex, 'a service'),
      Tags: listIn(service['Tags'] ?? null, 'a list of tags').filter(isText),
      ModifyIndex: field(service, 'ModifyIndex', isIndex, 'a service'),
    },
    Checks: listIn(place['Checks'] ?? null, 'a list of checks').map((one) => {
      const check = row(one, 'a check')
      return { CheckID: text(check, 'CheckID'), Status: text(check, 'Status'), Notes: text(check, 'Notes') }
    }),
  }
}
