import type { Call } from '@infrakit/spi'
import { expectObject, textOf } from './answers.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { stop } from './stop.js'

export interface EngineVersion {
  readonly version: string
  /** Of the API, e.g. `1.41`. */
  readonly api: string
}

/** Asks the engine who it is: whether it is there, and can be used. Throws as every call. */
export async function engineVersion(engine: Engine, call?: Call): Promise<EngineVersion> {
  const attempt = 'ask the engine for its version'
  return ask(engine, attempt, call, async (abortSignal) => {
    const version = engine.docker.version as (options: object) => Promise<unknown>
    const answer = expectObject(engine, attempt, await version.call(engine.docker, stop(abortSignal)), [
      'Version',
      'ApiVersion',
    ])
    return { version: textOf(answer['Version']), api: textOf(answer['ApiVersion']) }
  })
}
