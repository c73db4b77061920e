import { InfrakitError } from '@infrakit/spi'
import { saysSoAsTheOriginal, type Answer, type Caller } from './caller.js'
import { listOf, rowOf, type Row } from './json.js'
import { BrokenPromise } from './promise.js'

export interface Implemented {
  readonly name: string
  readonly version: string
}

/** What a plugin is, by its own account. */
export interface Facts {
  /** The handshake that it answers; of those that have been in use, the one that says most. */
  readonly handshake: string
  readonly implemented: readonly Implemented[]
  /** A plugin of the original, of any release: what was added since is not asked of it. */
  readonly original: boolean
}

/** A method that no plugin has. */
export const nobodysMethod = 'InfrakitVerify.Nothing'

const handshakes: readonly [method: string, read: (result: Row) => Implemented[]][] = [
  ['Handshake.Implements', fromApis],
  ['Handshake.Hello', fromObjects],
  ['Plugin.Implements', fromApis],
]

function fromApis(result: Row): Implemented[] {
  return listOf(result.APIs).map((api) => ({ name: String(rowOf(api).Name), version: String(rowOf(api).Version) }))
}

function fromObjects(result: Row): Implemented[] {
  return Object.keys(rowOf(result.Objects)).map((id) => {
    const [name = '', version = ''] = id.split('/')
    return { name, version }
  })
}

/** Shakes hands. Throws `unavailable` when nobody answers, `incompatible` when it knows no handshake. */
export async function gatherFacts(caller: Caller): Promise<Facts> {
  const { name } = caller.subject
  const ask = async (method: string): Promise<Answer> => {
    try {
      return await caller.ask(method, {})
    } catch (cause) {
      if (!(cause instanceof BrokenPromise)) throw cause
      throw new InfrakitError('unavailable', `${name}: ${cause.message}`, { cause })
    }
  }
  const original = saysSoAsTheOriginal((await ask(nobodysMethod)).error)
  caller.original = original
  for (const [handshake, read] of handshakes) {
    const { error, result } = await ask(handshake)
    if (error === undefined) return { handshake, implemented: read(result), original }
  }
  throw new InfrakitError('incompatible', `${name}: it knows none of the handshakes from v0.1.0 to HEAD`, {
    hint: 'is there really an InfraKit plugin behind this socket?',
  })
}
