import { randomBytes } from 'node:crypto'
import { removeContainer, type Engine } from '@infrakit/docker'
import { InfrakitError, messageOf } from '@infrakit/spi'
import { failpoint } from '@infrakit/store'
import type { Intents } from './intents.js'

/** How a container is made and becomes an instance. */
export interface Making {
  readonly engine: Engine
  readonly intents: Intents
  /** The container's, for people who look into the note. */
  readonly name: string
  /** Makes the container, with the intent as a label. */
  create(intent: string): Promise<{ readonly id: string }>
  /** Whatever is left to do before it is an instance. */
  complete(id: string): Promise<void>
  /**
   * Looks for what a `create` that failed has made nevertheless. Without it such a container is one that was never started,
   * by which it is known.
   */
  find?(intent: string): Promise<readonly string[]>
}

/**
 * Makes a container; when its intent is forgotten it is an instance. Where that fails nothing is left; a plugin that is
 * killed on the way leaves a container and its intent, of which nobody was told.
 *
 * Answers the container's ID. Throws InfrakitError with the reason.
 */
export async function makeInstance(making: Making): Promise<string> {
  const { intents, name } = making
  const intent = randomBytes(8).toString('hex')
  return intents.during(intent, name, async () => {
    let id: string | undefined
    try {
      id = (await making.create(intent)).id
      await making.complete(id)
      await intents.forget(intent)
      failpoint('provision/settled')
      return id
    } catch (error) {
      throw await undone(making, intent, id, error)
    }
  })
}

/** Removes what was made. Answers why it was to be. */
async function undone(
  { engine, intents, find }: Making,
  intent: string,
  id: string | undefined,
  reason: unknown,
): Promise<unknown> {
  let what = id?.slice(0, 12) ?? 'that was begun'
  try {
    for (const one of id === undefined ? ((await find?.(intent)) ?? []) : [id]) {
      what = one.slice(0, 12)
      await removeContainer(engine, one)
    }
  } catch (error) {
    return new InfrakitError(
      'plugin-failed',
      `${messageOf(reason)}; and container ${what} could not be removed: ${messageOf(error)}`,
      { cause: reason, hint: 'The plugin removes it when it sees it again.' },
    )
  }
  // On a full disk the next look does it.
  await intents.forget(intent).catch(() => undefined)
  return reason
}
