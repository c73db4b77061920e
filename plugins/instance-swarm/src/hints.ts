import type { Published } from '@infrakit/containers'
import { listenToEvents, type Engine, type EngineEvent } from '@infrakit/docker'
import { messageOf } from '@infrakit/spi'
import { ownerLabel } from './labels.js'

export interface HintsOptions {
  readonly owner: string
  readonly publish: (event: Published) => void
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  readonly signal: AbortSignal
}

export function hintOfEnd(ID: string): Published {
  return { Topic: 'instance/destroyed', Type: 'instance', ID, Message: `${ID}: destroyed` }
}

/** That everybody should look at what there is: what changes in a swarm is seen, but not told of each instance. */
export function hintOfChange(Message: string): Published {
  return { Topic: 'instance/changed', Type: 'instance', ID: '', Message }
}

const telling = /^(start|die|destroy|health_status: .*)$/

/** Whether something of ours may have changed. Managers tell of services and nodes, each engine of its own containers only. */
function concerns({ type, action, attributes }: EngineEvent, owner: string): boolean {
  return type !== 'container' || (attributes[ownerLabel] === owner && telling.test(action))
}

/** Calls `onHint` when one of the engines tells of something, or may have missed it. */
export function listen(engine: Engine, { owner, log, signal }: HintsOptions, onHint: () => void): void {
  void listenToEvents(
    engine,
    {
      onEvent: (event) => void (concerns(event, owner) && onHint()),
      onConnected() {
        log.info({ engine: engine.where }, 'hears the events of the engine')
        onHint()
      },
      onLost(error, attempt) {
        // Tried again every few seconds; said once.
        if (attempt === 0) log.warn({ engine: engine.where, error: messageOf(error) }, 'events of the engine ended')
      },
    },
    { types: ['container', 'service', 'node'], signal },
  )
}
