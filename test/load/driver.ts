import { setTimeout as sleep } from 'node:timers/promises'
import type { Teardown } from '@infrakit/testing'
import type { RealPlugin, RealWorld } from '../environment/real-world.js'
import { balance, type Seats } from './balance.js'
import type { Haproxy } from './haproxy.js'

export interface DriverOptions {
  readonly group: string
  readonly instancePlugin: RealPlugin
  readonly heedsLeaving: boolean
}

export interface Driver {
  /** How many members take requests, as far as the proxy was told. */
  taking(): number
  /** What went wrong. */
  readonly problems: readonly string[]
}

/** Nobody tells when a member has become healthy (ms). */
const againMs = 100

/** Keeps HAProxy's servers what a group's members are: looks whenever the instances or the group tell that something changed. */
export async function drive(t: Teardown, world: RealWorld, haproxy: Haproxy, options: DriverOptions): Promise<Driver> {
  const { group: ID, instancePlugin, heedsLeaving } = options
  const group = await world.group()
  const problems: string[] = []
  let seats: Seats = new Map()
  let [looking, wanted, over] = [false, false, false]
  t.teardown(() => (over = true))

  async function step(): Promise<void> {
    const { Description } = await group.describeGroup({ ID })
    const { commands, seats: next, lookAgain } = balance(Description, seats, { slots: haproxy.slots, heedsLeaving })
    if (commands.length > 0) await haproxy.run(commands)
    seats = next
    if (lookAgain) void sleep(againMs, undefined, { ref: false }).then(look)
  }

  async function look(): Promise<void> {
    wanted = true
    if (looking) return
    looking = true
    while (wanted && !over) {
      wanted = false
      try {
        await step()
      } catch (error) {
        if (!over) problems.push(String(error))
      }
    }
    looking = false
  }

  await world.hear('group', `group/${ID}`, () => void look())
  await world.hear(instancePlugin, 'instance', () => void look())
  await look()
  return { taking: () => [...seats.values()].filter(({ taking }) => taking).length, problems }
}
