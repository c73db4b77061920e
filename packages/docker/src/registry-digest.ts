import type { Call } from '@infrakit/spi'
import { expectObject, fieldsOf, textOf } from './answers.js'
import { ask } from './ask.js'
import { engineError } from './engine-errors.js'
import type { Engine } from './engine.js'
import { parseImageReference } from './image-reference.js'
import { pullError } from './pull-failure.js'
import { registryAuth, type AuthOptions, type RegistryAuth } from './registry-auth.js'
import { retrying } from './retry.js'
import { pathPart } from './stop.js'

export interface RegistryDigestOptions extends AuthOptions {
  /** How often it is tried again when it failed for what may pass; default 2, over about 2 s. */
  readonly retries?: number
  /** Credentials; without them those of Docker's configuration are used. */
  readonly auth?: RegistryAuth
}

/** The engine's `GET /distribution/{name}/json`; dockerode's own way to it cannot be ended. */
function dial(engine: Engine, name: string, authconfig: RegistryAuth | undefined, abortSignal: AbortSignal) {
  const path = `/distribution/${name.split('/').map(pathPart).join('/').replaceAll('%3A', ':').replaceAll('%40', '@')}/json`
  const options = { path, method: 'GET', statusCodes: { 200: true }, authconfig, abortSignal }
  const modem = engine.docker.modem as { dial(options: object, done: (error: unknown, answer: unknown) => void): void }
  return new Promise<unknown>((resolve, reject) => {
    modem.dial(options, (error, answer) => (error ? reject(error as Error) : resolve(answer)))
  })
}

/**
 * What the name of an image means in its registry now, as the digest by which it can be pulled. Nothing is pulled: the
 * engine asks for it. Of an image for several platforms it is the digest of them all.
 *
 * @throws InfrakitError `not-found`, `input` (no name of an image, access denied, damaged configuration), `unavailable`,
 * `timeout`
 */
export async function registryDigest(
  engine: Engine,
  image: string,
  options: RegistryDigestOptions = {},
  call?: Call,
): Promise<string> {
  const { registry } = parseImageReference(image)
  const attempt = `ask ${registry} for the digest of ${image}`
  const work = async (signal: AbortSignal): Promise<string> => {
    const auth = options.auth ?? (await registryAuth(registry, options))
    const once = async () => {
      const answer = expectObject(engine, attempt, await dial(engine, image, auth, signal), [])
      const descriptor = expectObject(engine, attempt, fieldsOf(answer['Descriptor']), ['digest'])
      return textOf(descriptor['digest'])
    }
    const explain = (error: unknown) =>
      error instanceof Error && 'statusCode' in error
        ? pullError(attempt, registry, auth !== undefined, error)
        : engineError(attempt, engine.where, error)
    return retrying(once, { retries: options.retries ?? 2, signal, explain })
  }
  return ask(engine, attempt, call, work)
}
