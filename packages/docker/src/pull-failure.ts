import { InfrakitError } from '@infrakit/spi'
import { wordsOf } from './engine-errors.js'

const denied =
  /unauthorized|authentication required|no basic auth credentials|denied|incorrect username or password|insufficient.scope|forbidden/i
const unknown = /manifest unknown|manifest for .* not found|name unknown|not found|no such image|does not exist/i
const neverFits = /no matching manifest|unsupported|invalid reference|http: server gave HTTP response to HTTPS client/i
/** The engine says that it is denied also where there is nothing to be allowed, which a registry does not tell apart. */
const eitherWay = /repository does not exist or may require/i

/** Whether a pull that failed with these words may succeed when it is tried again; everything not known may. Pure. */
export function mayPass(words: string): boolean {
  return ![denied, unknown, neverFits].some((one) => one.test(words)) || /timeout|too ?many ?requests/i.test(words)
}

/**
 * What the engine says about a failed pull, as an error of ours: `not-found`, `input` where access is denied or the image
 * does not fit, else `unavailable`, which may pass. Pure.
 *
 * @param attempt what was tried: `pull nginx`
 * @param authenticated whether credentials were sent
 */
export function pullError(attempt: string, registry: string, authenticated: boolean, cause: unknown): InfrakitError {
  const words = wordsOf(cause)
  const message = `cannot ${attempt}: ${words}`
  const login = `\`docker login ${registry}\` stores credentials where they are looked for.`
  if (mayPass(words)) {
    const hint = `Is the registry ${registry} up, and reachable from the engine?`
    return new InfrakitError('unavailable', message, { hint, cause })
  }
  if (eitherWay.test(words)) {
    return new InfrakitError('not-found', message, {
      hint: `Correct the name; if it needs credentials: ${login}`,
      cause,
    })
  }
  if (denied.test(words)) {
    const hint = authenticated ? `The registry refused the stored credentials. ${login}` : login
    return new InfrakitError('input', message, { hint, cause })
  }
  if (unknown.test(words)) {
    return new InfrakitError('not-found', message, { hint: 'Correct the name or tag, or push the image first.', cause })
  }
  const hint = 'The image, or the registry, does not suit this engine; its words say why.'
  return new InfrakitError('input', message, { hint, cause })
}
