import type { Call } from '@infrakit/spi'
import { expectObject, textsOf } from './answers.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { stop } from './stop.js'

export interface EngineInfo {
  /** Those that its daemon was started with: `dockerd --label zone=a`. */
  readonly labels: Readonly<Record<string, string>>
  /** Processors and memory (bytes) of its machine. */
  readonly cpus: number
  readonly memory: number
}

/** A label without `=` has an empty value. */
function readLabels(labels: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    labels.map((label) => {
      const at = label.indexOf('=')
      return at < 0 ? [label, ''] : [label.slice(0, at), label.slice(at + 1)]
    }),
  )
}

/** Asks what machine the engine is on. Throws as every call. */
export async function engineInfo(engine: Engine, call?: Call): Promise<EngineInfo> {
  const attempt = 'ask the engine for its labels and size'
  return ask(engine, attempt, call, async (abortSignal) => {
    const info = engine.docker.info as (options: object) => Promise<unknown>
    const answer = expectObject(engine, attempt, await info.call(engine.docker, stop(abortSignal)), ['ID'])
    return {
      labels: readLabels(textsOf(answer['Labels'])),
      cpus: Number(answer['NCPU'] ?? 0),
      memory: Number(answer['MemTotal'] ?? 0),
    }
  })
}
