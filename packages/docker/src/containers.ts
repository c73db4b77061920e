import type Dockerode from 'dockerode'
import type { Call } from '@infrakit/spi'
import { expectList, expectObject, textOf, type Fields } from './answers.js'
import { ask } from './ask.js'
import { readContainer, readListed, type Container, type ListedContainer } from './container.js'
import { wordsOf } from './engine-errors.js'
import type { Engine } from './engine.js'
import { labelFilters, type Filter } from './filters.js'
import { inBody, pathPart } from './stop.js'
import { tolerate } from './tolerate.js'

/**
 * What is asked of containers. Every function takes a container's id or name, ends by its call's timeout (60 s unless
 * said) or signal, and throws InfrakitError: `not-found` for no such container, and those of `engineError`.
 */

export interface NewContainer {
  readonly name: string
  /**
   * The engine's own document of a container: `Image`, `Env`, `Labels`, `HostConfig`, `NetworkingConfig`, ... A port in
   * `HostConfig.PortBindings` is published only if it is in `ExposedPorts` too, here or in the image.
   */
  readonly definition: Fields
  /** `linux/arm64`; default that of the engine. */
  readonly platform?: string | undefined
}

/** Makes a container, which does not run yet, and answers its id. `conflict` when the name is taken. */
export async function createContainer(engine: Engine, wanted: NewContainer, call?: Call): Promise<{ id: string }> {
  const attempt = `create container ${wanted.name}`
  return ask(engine, attempt, call, async (abortSignal) => {
    const options = inBody<Dockerode.ContainerCreateOptions>(wanted.definition, abortSignal, {
      name: wanted.name,
      ...(wanted.platform ? { platform: wanted.platform } : {}),
    })
    const { id } = await engine.docker.createContainer(options)
    return { id: textOf(expectObject(engine, attempt, { id }, ['id'])['id']) }
  })
}

/** Starts it; one that runs already is fine. */
export async function startContainer(engine: Engine, id: string, call?: Call): Promise<void> {
  await ask(engine, `start container ${id}`, call, (abortSignal) =>
    tolerate(304, engine.docker.getContainer(pathPart(id)).start({ abortSignal })),
  )
}

/**
 * Asks it to end and kills it after `graceSeconds`; one that has ended already is fine. Waits for it: the timeout is
 * 60 s more than the grace unless given.
 */
export async function stopContainer(engine: Engine, id: string, graceSeconds: number, call?: Call): Promise<void> {
  const work = (abortSignal: AbortSignal) =>
    tolerate(304, engine.docker.getContainer(pathPart(id)).stop({ t: graceSeconds, abortSignal }))
  await ask(engine, `stop container ${id}`, call, work, (graceSeconds + 60) * 1000)
}

/** Sends a signal, SIGKILL unless another is named. `conflict` when it does not run. */
export async function killContainer(engine: Engine, id: string, signal = 'SIGKILL', call?: Call): Promise<void> {
  await ask(engine, `kill container ${id}`, call, (abortSignal) =>
    engine.docker.getContainer(pathPart(id)).kill({ signal, abortSignal }),
  )
}

/**
 * Kills it if it runs, and removes it with its anonymous volumes; one that is gone is fine. One that somebody else removes is
 * waited for.
 */
export async function removeContainer(engine: Engine, id: string, call?: Call): Promise<void> {
  await ask(engine, `remove container ${id}`, call, async (abortSignal) => {
    const container = engine.docker.getContainer(pathPart(id))
    try {
      await tolerate(404, container.remove({ force: true, v: true, abortSignal }))
    } catch (error) {
      if (!/removal of container .* is already in progress/.test(wordsOf(error))) throw error
      await tolerate(404, container.wait({ condition: 'removed', abortSignal }))
    }
  })
}

export async function inspectContainer(engine: Engine, id: string, call?: Call): Promise<Container> {
  const attempt = `inspect container ${id}`
  return ask(engine, attempt, call, async (abortSignal) => {
    const answer: unknown = await engine.docker.getContainer(pathPart(id)).inspect({ abortSignal })
    return readContainer(expectObject(engine, attempt, answer, ['Id', 'Image']))
  })
}

/** All containers, running or not, that have the labels. */
export async function listContainers(engine: Engine, filter: Filter = {}, call?: Call): Promise<ListedContainer[]> {
  const attempt = 'list containers'
  return ask(engine, attempt, call, async (abortSignal) => {
    const filters = { label: labelFilters(filter.labels) }
    const answer: unknown = await engine.docker.listContainers({ all: true, filters, abortSignal })
    return expectList(engine, attempt, answer, ['Id', 'State']).map(readListed)
  })
}

/** Waits until it does not run, and answers its exit code. Has no timeout unless given. */
export async function waitForContainer(engine: Engine, id: string, call?: Call): Promise<number> {
  const work = async (abortSignal: AbortSignal) => {
    const { StatusCode } = (await engine.docker.getContainer(pathPart(id)).wait({ abortSignal })) as {
      StatusCode: number
    }
    return StatusCode
  }
  return ask(engine, `wait for container ${id}`, call, work, Infinity)
}
