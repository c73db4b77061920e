import { inspectContainer, listenToEvents, type Engine, type EngineEvent } from '@infrakit/docker'
import { messageOf } from '@infrakit/spi'
import type { Host } from './host.js'
import type { ContainerLabels } from './labels.js'

export interface Published {
  readonly Topic: string
  readonly Type: string
  readonly ID: string
  readonly Message: string
}

export interface HintsOptions {
  readonly labels: ContainerLabels
  readonly owner: string
  readonly publish: (event: Published) => void
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  readonly signal: AbortSignal
}

/** What the engine tells of a container that changes what is described; the rest (exec, attach, ...) is passed over. */
const telling = /^(start|die|oom|pause|unpause|rename|destroy|health_status: .*)$/

function hintOf({ action, id, attributes }: EngineEvent): Published | undefined {
  if (!telling.test(action)) return undefined
  const Type = action === 'destroy' ? 'destroyed' : 'changed'
  const ID = id.slice(0, 12)
  const code = attributes['exitCode']
  const Message = `${ID}: ${action}${action === 'die' && code !== undefined ? ` (exit code ${code})` : ''}`
  return { Topic: `instance/${Type}`, Type: 'instance', ID, Message }
}

/**
 * One that its engine starts again ends for a moment only: what became of it is known when the engine is done with its end,
 * for which an inspection waits.
 */
async function whenSettled(engine: Engine, id: string): Promise<void> {
  await inspectContainer(engine, id).catch(() => undefined)
}

/** Remembers what the list does not have yet. */
function note({ ends }: Host, { action, id, attributes }: EngineEvent): void {
  if (action === 'die') ends.ended(id, Number(attributes['exitCode'] ?? 0))
  else if (action === 'oom') ends.ranOutOfMemory(id)
  else if (action === 'start' || action === 'destroy') ends.forget(id)
}

/** That there is an instance: only the plugin knows when its container has become one. */
export function hintOfBirth(ID: string): Published {
  return { Topic: 'instance/created', Type: 'instance', ID, Message: `${ID}: provisioned` }
}

/** That everybody should look at what is on a host, which is there, or there again. */
export function hintOfReturn({ name }: Host): Published {
  return { Topic: 'instance/changed', Type: 'instance', ID: '', Message: `the engine of ${name} is there (again)` }
}

/** Publishes what happens to the instances on a host, and a hint to look whenever something may have been missed. */
export function publishHints(host: Host, { labels, owner, publish, log, signal }: HintsOptions): void {
  const { engine } = host
  void listenToEvents(
    engine,
    {
      onEvent(event) {
        const hint = hintOf(event)
        if (!hint) return
        const restarts = event.action === 'die' && labels.restart in event.attributes
        if (restarts) return void whenSettled(engine, event.id).then(() => publish(hint))
        note(host, event)
        publish(hint)
      },
      onConnected() {
        host.ends.forgetAll()
        log.info({ engine: engine.where }, 'hears the events of the engine')
        publish(hintOfReturn(host))
      },
      onLost(error, attempt) {
        // Tried again every few seconds; said once.
        if (attempt === 0) log.warn({ engine: engine.where, error: messageOf(error) }, 'events of the engine ended')
      },
    },
    { types: ['container'], labels: { [labels.owner]: owner }, signal },
  )
}
