import type { Published } from '@infrakit/rpc'
import type { KeptService } from './catalogue.js'
import type { Changed } from './ledger.js'

export function keyHint(key: string, what: 'put' | 'deleted'): Published {
  return hint(`registry/keys/${key}`, key, what)
}

export function leaseHint(name: string, what: 'held' | 'free' | 'expired'): Published {
  return hint(`registry/leases/${name}`, name, what)
}

export function serviceHint({ Service: { Name, ID } }: KeptService, what: 'changed' | 'deregistered'): Published {
  return hint(`registry/services/${Name}`, ID, what)
}

/** What is told of a change. Whoever hears it looks for himself. */
export function hintsOf({ table, key, before, value }: Changed): Published[] {
  const gone = value === undefined
  if (table === 'key') return [keyHint(key, gone ? 'deleted' : 'put')]
  if (table === 'lease') return [leaseHint(key, gone ? 'free' : 'held')]
  const [old, now] = [before, value] as (KeptService | undefined)[]
  const left = old && old.Service.Name !== now?.Service.Name ? [serviceHint(old, 'deregistered')] : []
  return now ? [...left, serviceHint(now, 'changed')] : left
}

function hint(Topic: string, ID: string, Type: string): Published {
  return { Topic, Type, ID, Message: `${ID}: ${Type}` }
}
