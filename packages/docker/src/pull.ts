import type { Readable } from 'node:stream'
import { InfrakitError, kindOf, type Call } from '@infrakit/spi'
import { ask } from './ask.js'
import { engineError } from './engine-errors.js'
import type { Engine } from './engine.js'
import { isImageID, parseImageReference, pullParameters, type ImageReference } from './image-reference.js'
import { inspectImage, type Image } from './images.js'
import { readLines } from './lines.js'
import { pullError } from './pull-failure.js'
import { readPullLine, type PullProgress } from './pull-progress.js'
import { registryAuth, type AuthOptions, type RegistryAuth } from './registry-auth.js'
import { retrying } from './retry.js'

/** `always` asks the registry each time, `missing` where the engine has no such image, `never` fails then. */
export type PullPolicy = 'always' | 'missing' | 'never'

export interface PullOptions extends AuthOptions {
  /** Default `missing`. */
  readonly policy?: PullPolicy
  /** Called for each line of the engine's report. */
  readonly onProgress?: (progress: PullProgress) => void
  /** How often it is tried again when it failed for what may pass; default 4, over about 10 s. */
  readonly retries?: number
  /** Credentials; without them those of Docker's configuration are used. */
  readonly auth?: RegistryAuth
  /** `linux/arm64`; default that of the engine. */
  readonly platform?: string | undefined
}

const defaultTimeoutMs = 30 * 60_000

/** What the engine's report said when it failed. */
class PullFailed extends Error {}

async function pullOnce(
  engine: Engine,
  reference: ImageReference,
  auth: RegistryAuth | undefined,
  { onProgress, platform }: PullOptions,
  abortSignal: AbortSignal,
): Promise<void> {
  const options = { ...pullParameters(reference), ...(platform ? { platform } : {}), abortSignal }
  const report = (await engine.docker.createImage(auth ?? {}, options)) as Readable
  for await (const line of readLines(report)) {
    const read = readPullLine(line)
    if ('failure' in read) throw new PullFailed(read.failure)
    onProgress?.(read.progress)
  }
}

async function present(engine: Engine, image: string, signal: AbortSignal): Promise<Image | undefined> {
  try {
    return await inspectImage(engine, image, { signal })
  } catch (error) {
    if (kindOf(error) === 'not-found') return undefined
    throw error
  }
}

function absent(engine: Engine, image: string): InfrakitError {
  const hint = isImageID(image)
    ? 'An image is pulled by its name, not by its ID: load it there, or commit again with a name.'
    : 'Pull or build it there, or allow pulling: the policy is "never".'
  return new InfrakitError('not-found', `there is no image ${image} in the engine at ${engine.where}`, { hint })
}

/**
 * Sees to it that the engine has an image, and answers it. What may pass is tried again after growing pauses; an image
 * that does not exist, or that is denied, is not. Has a timeout of 30 minutes unless the call says otherwise.
 *
 * @throws InfrakitError `not-found`, `input` (no name of an image, access denied, damaged configuration), `unavailable`,
 * `timeout`
 */
export async function pullImage(engine: Engine, image: string, options: PullOptions = {}, call?: Call): Promise<Image> {
  const reference = parseImageReference(image)
  const { policy = 'missing', retries = 4 } = options
  const work = async (signal: AbortSignal): Promise<Image> => {
    // What a digest names never changes.
    const there =
      policy === 'always' && reference.digest === undefined && !isImageID(image)
        ? undefined
        : await present(engine, image, signal)
    if (there) return there
    if (policy === 'never' || isImageID(image)) throw absent(engine, image)
    const auth = options.auth ?? (await registryAuth(reference.registry, options))
    const once = async () => {
      await pullOnce(engine, reference, auth, options, signal)
      return inspectImage(engine, image, { signal })
    }
    return retrying(once, { retries, signal, explain: (error) => explain(engine, image, reference, auth, error) })
  }
  return ask(engine, `pull ${image}`, call, work, defaultTimeoutMs)
}

/** Answers of the registry, which the engine passes on by its report or by a status, are told from failures to reach it. */
function explain(
  engine: Engine,
  image: string,
  { registry }: ImageReference,
  auth: RegistryAuth | undefined,
  error: unknown,
): InfrakitError {
  if (error instanceof InfrakitError) return error
  const isAnswer = error instanceof PullFailed || (error instanceof Error && 'statusCode' in error)
  return isAnswer
    ? pullError(`pull ${image}`, registry, auth !== undefined, error)
    : engineError(`pull ${image}`, engine.where, error)
}
