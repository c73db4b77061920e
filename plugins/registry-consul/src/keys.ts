import { InfrakitError, type RegistryEntry } from '@infrakit/spi'
import type { ConsulEntry } from './answers.js'

/** Where what belongs to the registry stands in Consul. */
export interface Places {
  /** All of it stands below. */
  readonly root: string
  readonly keys: string
  readonly leases: string
}

export function placesIn(prefix: string): Places {
  const root = `${prefix}/`
  return { root, keys: `${root}keys/`, leases: `${root}leases/` }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of a value. Throws when somebody else wrote what is none. */
export function textOf({ Key, Value }: ConsulEntry): string {
  try {
    return Value === null ? '' : utf8.decode(Value)
  } catch (cause) {
    throw new InfrakitError('plugin-failed', `the value of '${Key}' in Consul is no text`, {
      hint: `Something else has written it: look with consul kv get '${Key}'.`,
      cause,
    })
  }
}

/** What Consul keeps below `keys/`, as entries; folders that its page makes are none. */
export function entriesIn({ keys }: Places, found: readonly ConsulEntry[]): RegistryEntry[] {
  return found
    .filter(({ Key }) => !Key.endsWith('/'))
    .map((one) => ({ Key: one.Key.slice(keys.length), Value: textOf(one), Version: one.ModifyIndex }))
}
