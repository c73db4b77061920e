import { messageOf, type GroupDescription } from '@infrakit/spi'
import type { About } from '../actions.js'
import type { Ports } from '../ports.js'
import { Diagnosed, diagnose } from './diagnosis.js'

/** How often the group is looked at (ms). */
const everyMs = 500
/** For what an instance wrote last to be known (ms). */
const lastWordsMs = 1500

/** Sees whether the instances of a release that is watched are still those that it had when that began. */
export class Lasting {
  #first: readonly string[] | undefined
  #due = -Infinity

  constructor(
    private readonly ports: Ports,
    private readonly about: About,
  ) {}

  /** Looks when that is due. Throws when an instance has ended: its successor might end the same way. */
  async check(signal: AbortSignal): Promise<void> {
    const { clock } = this.ports
    if (clock.now() < this.#due) return
    this.#due = clock.now() + everyMs
    const description = await this.#look()
    if (!description) return
    const now = running(description)
    this.#first ??= now
    const ended = this.#first.filter((id) => !now.includes(id))
    if (ended.length === 0) return
    const which = `${ended.join(', ')} ended while ${this.about.Group} was watched`
    throw new Diagnosed('plugin-failed', which, diagnose(await this.#withLastWords(description, ended, signal)))
  }

  async #withLastWords(description: GroupDescription, ended: readonly string[], signal: AbortSignal) {
    const { clock } = this.ports
    const latest = clock.now() + lastWordsMs
    let last = description
    while (clock.now() < latest && !last.LastLines?.some(({ Instance }) => ended.includes(Instance))) {
      await clock.sleep(250, signal)
      last = (await this.#look()) ?? last
    }
    return last
  }

  /** A group plugin that cannot be asked at this moment says nothing of its instances. */
  async #look(): Promise<GroupDescription | undefined> {
    const { ports, about } = this
    try {
      const { group } = await ports.group(about.GroupPlugin)
      return (await group.describeGroup({ ID: about.Group }, { timeout: 5000 })).Description
    } catch (error) {
      ports.log.debug({ group: about.Group, error: messageOf(error) }, 'a watched group cannot be looked at')
      return undefined
    }
  }
}

function running({ Instances }: GroupDescription): string[] {
  return Instances.flatMap(({ ID, State }) => (State === 'stopped' || State === 'failed' ? [] : [ID]))
}
