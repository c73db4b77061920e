import type { Call } from '@infrakit/spi'
import { expectList, fieldsOf, labelsOf, textOf } from './answers.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { stop } from './stop.js'

/** A secret or a config of a swarm; what is in it is not asked for. */
export interface Keepsake {
  readonly id: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

function readAll(engine: Engine, attempt: string, answer: unknown): Keepsake[] {
  return expectList(engine, attempt, answer, ['ID']).map(({ ID, Spec }) => {
    const { Name, Labels } = fieldsOf(Spec)
    return { id: textOf(ID), name: textOf(Name), labels: labelsOf(Labels) }
  })
}

/** All secrets of the swarm, without what is in them. */
export async function listSecrets(engine: Engine, call?: Call): Promise<Keepsake[]> {
  const attempt = 'list secrets'
  return ask(engine, attempt, call, async (abortSignal) =>
    readAll(engine, attempt, await engine.docker.listSecrets(stop(abortSignal))),
  )
}

/** All configs of the swarm. */
export async function listConfigs(engine: Engine, call?: Call): Promise<Keepsake[]> {
  const attempt = 'list configs'
  return ask(engine, attempt, call, async (abortSignal) =>
    readAll(engine, attempt, await engine.docker.listConfigs(stop(abortSignal))),
  )
}
