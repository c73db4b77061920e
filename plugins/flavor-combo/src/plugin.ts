import {
  health,
  messageOf,
  type Flavor,
  type FlavorInstanceRequest,
  type InfrakitError,
  type Resolve,
} from '@infrakit/spi'
import { failureOf, forEachPart, forPart } from './failure.js'
import type { Flavors } from './flavors.js'
import { judge, type Judgement } from './judge.js'
import { mergeSpecs } from './merge.js'
import { readProperties, type Part } from './properties.js'
import { within } from './within.js'

export interface ComboOptions {
  /** The name under which this combo runs. */
  readonly name: string
  readonly flavors: Flavors
  /** Called with the name of each flavor that is asked about an instance. */
  readonly asked?: (flavor: string) => void
  /** Longest time for a flavor's judgement; shorter than a group waits for the whole. Default 10 s. */
  readonly judgeTimeoutMs?: number
  /** Longest time for a flavor's drain. Default 10 min. */
  readonly drainTimeoutMs?: number
}

/** Combines flavors: each prepares in turn, all must be healthy, and each drains. */
export function createCombo(options: ComboOptions): Flavor & Resolve {
  const { name, flavors, asked: tellAsked, judgeTimeoutMs = 10_000, drainTimeoutMs = 600_000 } = options

  async function ask(part: Part, { Instance }: FlavorInstanceRequest, signal?: AbortSignal): Promise<Judgement> {
    tellAsked?.(part.name)
    const asked = async () => {
      const flavor = await flavors.flavor(part.name)
      return flavor.healthy({ Properties: part.properties, Instance }, { signal, timeout: judgeTimeoutMs })
    }
    try {
      const { Health, Reason } = await within(judgeTimeoutMs, 'Healthy', asked())
      return { name: part.name, health: Health, reason: Reason }
    } catch (error) {
      return { name: part.name, health: health.unknown, reason: messageOf(error) }
    }
  }

  async function drainPart(part: Part, { Instance, Fence }: FlavorInstanceRequest): Promise<void> {
    const flavor = await flavors.flavor(part.name)
    // Not stopped with the caller: a change once begun runs to its end.
    await flavor.drain({ Properties: part.properties, Instance, Fence }, { timeout: drainTimeoutMs })
  }

  return {
    async validate({ Properties, Allocation }, call) {
      await forEachPart(readProperties(Properties, name), async (part) => {
        const flavor = await flavors.flavor(part.name)
        await flavor.validate({ Properties: part.properties, Allocation }, { signal: call?.signal })
      })
    },
    async prepare({ Properties, Spec, Allocation, Index }, call) {
      let made = mergeSpecs(Spec, {})
      for (const part of readProperties(Properties, name)) {
        const request = { Properties: part.properties, Spec: made, Allocation, Index }
        const answer = await forPart(part, async () => {
          return (await flavors.flavor(part.name)).prepare(request, { signal: call?.signal })
        })
        made = mergeSpecs(made, answer.Spec)
      }
      return { Spec: made }
    },
    async healthy(request, call) {
      const parts = readProperties(request.Properties, name)
      return judge(await Promise.all(parts.map((part) => ask(part, request, call?.signal))))
    },
    async drain(request) {
      const failures: InfrakitError[] = []
      for (const part of readProperties(request.Properties, name).reverse()) {
        await drainPart(part, request).catch((error: unknown) => failures.push(failureOf(part, error)))
      }
      if (failures[0]) throw failures[0]
    },
    async resolve({ Properties }, call) {
      const resolved = await forEachPart(readProperties(Properties, name), async (part) => {
        const resolver = await flavors.resolver(part.name)
        const answer = await resolver?.resolve({ Properties: part.given }, { signal: call?.signal })
        return answer?.Resolved ?? null
      })
      return { Resolved: resolved.some((one) => one !== null) ? resolved : null }
    },
  }
}
