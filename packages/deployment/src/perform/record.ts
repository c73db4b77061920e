import type { TxnOperation } from '@infrakit/spi'
import type { Action } from '../actions.js'
import type { Performing } from '../executor.js'
import { keys } from '../names.js'
import type { Ports } from '../ports.js'

/** From here on there is no way back: the releases as they are now, in one transaction with the journal. */
export async function record(
  { json, clock }: Ports,
  { State, Put, Delete }: Extract<Action, { Type: 'record' }>,
  { journal }: Performing,
): Promise<void> {
  const { Service } = journal.plan
  const Key = keys.state(Service)
  const now = clock.date().toISOString()
  const state = State && {
    ...State,
    Releases: State.Releases.map((kept) => (kept.Deployed === '' ? { ...kept, Deployed: now } : kept)),
  }
  const operations: TxnOperation[] = [
    state ? { Put: { Key, Value: json.stringify(state) } } : { Delete: { Key } },
    ...(Put ? [{ Put: { Key: keys.release(Service, Put.Release), Value: json.stringify(Put) } }] : []),
    ...Delete.map((release) => ({ Delete: { Key: keys.release(Service, release) } })),
  ]
  await journal.record(operations)
}
