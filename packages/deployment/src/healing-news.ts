import { messageOf, type NotificationEvent } from '@infrakit/spi'
import type { GroupNews, Ports } from './ports.js'
import { readRecorded } from './read-facts.js'

/**
 * Tells people that a service's group had to heal, or cannot. What a deployment does with its groups is no healing; and what
 * cannot be healed is told once, until the group is well again.
 */
export class HealingNews {
  #ailing = false

  /** @param deploying whether a deployment of the service goes on */
  constructor(
    private readonly service: string,
    private readonly ports: Ports,
    private readonly deploying: () => boolean,
  ) {}

  hear(group: string, { type, message }: GroupNews): void {
    if (type === 'converged') this.#ailing = false
    if (this.deploying()) return
    if (type === 'provision') void this.#tell('healed', `${group} had to heal: ${message}`)
    if (type !== 'failure' || this.#ailing) return
    this.#ailing = true
    void this.#tell('cannot-heal', `${group} cannot heal: ${message}`)
  }

  async #tell(event: NotificationEvent, message: string): Promise<void> {
    try {
      const { state, records } = await readRecorded(this.ports, this.service)
      const notify = records.get(state?.Active ?? 0)?.Spec.Notify ?? []
      this.ports.notify(notify, { event, service: this.service, message, details: {} })
    } catch (error) {
      this.ports.log.warn({ service: this.service, event, error: messageOf(error) }, 'somebody could not be told')
    }
  }
}
