import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { InfrakitError, messageOf } from '@infrakit/spi'

export interface Credentials {
  readonly user: string
  readonly secret: string
}

/** A helper may ask a keychain or a cloud, but nobody waits for ever. */
const timeoutMs = 30_000
const longestAnswer = 1024 * 1024

function failed(program: string, registry: string, why: string, hint: string, cause?: unknown): InfrakitError {
  return new InfrakitError('input', `cannot get the credentials for ${registry} from ${program}: ${why}`, {
    hint,
    cause,
  })
}

function readAnswer(program: string, registry: string, text: string): Credentials {
  const hint = `Try \`echo ${registry} | ${program} get\`; it should print JSON with Username and Secret.`
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    // The parser's message would quote what may be a secret.
    throw failed(program, registry, 'it printed no JSON', hint)
  }
  const { Username, Secret } = (answer ?? {}) as { Username?: unknown; Secret?: unknown }
  if (typeof Username === 'string' && typeof Secret === 'string') return { user: Username, secret: Secret }
  throw failed(program, registry, 'it printed no Username and Secret', hint)
}

/**
 * Asks a credential helper, the program `docker-credential-NAME`, for the credentials of a registry; `undefined` when it
 * has none.
 *
 * @param name as in Docker's `config.json`
 * @throws InfrakitError `input` when there is no such program, it fails or prints something else
 */
export async function askHelper(
  name: string,
  registry: string,
  env: NodeJS.ProcessEnv,
): Promise<Credentials | undefined> {
  const program = `docker-credential-${name}`
  const hint = `It is named in Docker's config.json: install ${program} on the PATH, or remove its entry there.`
  if (!/^[\w.-]+$/.test(name)) throw failed(program, registry, 'no program has such a name', hint)
  const child = spawn(program, ['get'], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
    signal: AbortSignal.timeout(timeoutMs),
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output.length < longestAnswer) output += text
  })
  // One that does not read what it is asked says so by its status.
  child.stdin.on('error', () => undefined)
  child.stdin.end(`${registry}\n`)
  let [code, signal]: [unknown, unknown] = [undefined, undefined]
  try {
    ;[code, signal] = (await once(child, 'close')) as [unknown, unknown]
  } catch (error) {
    throw failed(program, registry, messageOf(error), hint, error)
  }
  if (code === 0) return readAnswer(program, registry, output)
  if (/credentials not found/i.test(output)) return undefined
  const how = code === null ? `it was ended by ${String(signal)}` : `it ended with status ${String(code)}`
  throw failed(program, registry, how, hint)
}
