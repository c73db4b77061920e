import { InfrakitError, type ErrorKind } from '@infrakit/spi'

/** What is told of progress, and of what is no fault. */
const noise =
  /^\s*(?:(?:Container|Network|Volume|Image|Service)\s.*|Creating \S+ *\.{3}.*|time=".*" level=(?:warning|info|debug) .*)$/
const warning = /^(?:time=".*" level=warning msg="([^]*)"|WARNING: (.*))$/

function unquoted(text: string): string {
  return text.replaceAll('\\"', '"').replaceAll('\\n', '\n')
}

/** What Compose warns of, without what is so by our doing. */
export function warningsIn(output: string): string[] {
  return output
    .split('\n')
    .map((line) => warning.exec(line.trim()))
    .flatMap((match) => (match ? [unquoted(match[1] ?? match[2] ?? '')] : []))
    .filter((text) => !/orphan containers|`?version`? is obsolete/.test(text))
}

/** Compose's own words for what went wrong. */
function wordsOf(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !noise.test(line) && !warning.test(line))
  return lines
    .join('\n')
    .trim()
    .replace(/^(?:Error response from daemon|ERROR): /, '')
}

const noEngine = /cannot connect to the docker daemon|error during connect|couldn't connect to docker daemon/i
const refused = /permission denied while trying to connect/i

function kindOf(words: string, otherwise: ErrorKind): ErrorKind {
  if (noEngine.test(words) || refused.test(words)) return 'unavailable'
  if (/no such image/i.test(words)) return 'not-found'
  if (/is already in use by container/.test(words)) return 'conflict'
  return otherwise
}

function hintOf(words: string, otherwise: string | undefined): string | undefined {
  if (noEngine.test(words)) return 'Is the engine running? Start it, or name another one in DOCKER_HOST.'
  if (refused.test(words)) return 'Join the group docker (and log in again), or run this as root.'
  if (/external/.test(words) && /not found|could not be found/.test(words)) {
    return 'What is external is made by its owner: `docker network create`, `docker volume create`.'
  }
  return otherwise
}

/** Two made a network of the same name at the same time. */
export function isAmbiguous(error: unknown): boolean {
  return error instanceof Error && /is ambiguous|matches found based on name/.test(error.message)
}

/** The network that it was to be in has gone meanwhile, or somebody else has made it. */
export function isOvertaken(error: unknown): boolean {
  return (
    error instanceof Error &&
    /network \S+ (?:not found|already exists)|network with name \S+ already exists/.test(error.message)
  )
}

export interface Failure {
  /** `render service app of /srv/shop/compose.yml` */
  readonly attempt: string
  readonly output: string
  /** Where Compose's words do not say. */
  readonly kind: ErrorKind
  readonly path?: string
  readonly hint?: string
}

/** A failure of Compose as an error of ours, with Compose's own message. Pure. */
export function composeError({ attempt, output, kind, path, hint }: Failure): InfrakitError {
  const words = wordsOf(output) || 'it gave no reason'
  return new InfrakitError(kindOf(words, kind), `cannot ${attempt}: ${words}`, {
    ...(path === undefined ? {} : { path }),
    hint: hintOf(words, hint),
  })
}
