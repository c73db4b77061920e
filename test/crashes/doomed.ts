import type { Teardown } from '@infrakit/testing'
import type { PluginName, World } from '../faults/world.js'
import { createJournal } from './journal.js'

/** Where a plugin is to die. */
export interface Doom {
  readonly plugin: PluginName
  /** Name of a failpoint. */
  readonly point: string
  /** The time it passes there. */
  readonly pass: number
}

/** A plugin that dies once, and is then started as if nothing had been. */
export interface Doomed {
  /** Resolves when it serves, or when its successor does. */
  readonly ready: Promise<void>
  /** Resolves when it has died there and its successor serves, or is still alive: then with `false`. */
  finish(): Promise<boolean>
}

export async function startDoomed(t: Teardown, world: World, { plugin, point, pass }: Doom): Promise<Doomed> {
  const journal = await createJournal(t)
  const env = { ...journal.env, INFRAKIT_FAILPOINT: `${point}:${pass}` }
  const died = async () => (await journal.passes()).filter((passed) => passed === point).length >= pass

  async function first() {
    try {
      return await world.start(plugin, { env })
    } catch (error) {
      if (!(await died())) throw error
      await world.start(plugin)
      return undefined
    }
  }

  const starting = first()
  const succeeded = starting.then(async (process) => {
    if ((await process?.exited)?.signal === 'SIGKILL') await world.start(plugin)
  })
  succeeded.catch(() => undefined)
  return {
    ready: starting.then(() => undefined),
    async finish() {
      if (await died()) await succeeded
      return died()
    },
  }
}
