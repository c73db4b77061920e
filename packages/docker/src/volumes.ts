import type Dockerode from 'dockerode'
import type { Call } from '@infrakit/spi'
import { expectObject, labelsOf, textOf } from './answers.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { inBody, inspect, pathPart } from './stop.js'
import { tolerate } from './tolerate.js'

export interface Volume {
  readonly name: string
  readonly driver: string
  readonly labels: Readonly<Record<string, string>>
}

export interface NewVolume {
  readonly name: string
  readonly labels?: Readonly<Record<string, string>>
  /** Default: `local`. */
  readonly driver?: string
  readonly driverOptions?: Readonly<Record<string, string>>
}

/** Makes a volume; one of that name that is there already is kept as it is. */
export async function createVolume(engine: Engine, wanted: NewVolume, call?: Call): Promise<void> {
  const definition = {
    Name: wanted.name,
    Driver: wanted.driver ?? 'local',
    DriverOpts: { ...wanted.driverOptions },
    Labels: { ...wanted.labels },
  }
  await ask(engine, `create volume ${wanted.name}`, call, (abortSignal) =>
    engine.docker.createVolume(inBody<Dockerode.VolumeCreateOptions>(definition, abortSignal)),
  )
}

/** `not-found`. */
export async function inspectVolume(engine: Engine, name: string, call?: Call): Promise<Volume> {
  const attempt = `inspect volume ${name}`
  return ask(engine, attempt, call, async (abortSignal) => {
    const answer: unknown = await inspect(engine.docker.getVolume(pathPart(name)), abortSignal)
    const found = expectObject(engine, attempt, answer, ['Name'])
    return { name: textOf(found['Name']), driver: textOf(found['Driver']), labels: labelsOf(found['Labels']) }
  })
}

/** Removes it with all it holds; one that is gone is fine; `conflict` when a container has it. */
export async function removeVolume(engine: Engine, name: string, call?: Call): Promise<void> {
  await ask(engine, `remove volume ${name}`, call, (abortSignal) =>
    tolerate(404, engine.docker.getVolume(pathPart(name)).remove({ abortSignal })),
  )
}
