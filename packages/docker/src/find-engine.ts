import { access } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { configFolder, readDockerConfig } from './config-file.js'
import { readContext } from './contexts.js'
import { parseAddress, type EngineAddress, type TlsChoice } from './engine-address.js'

export interface FindOptions {
  /** An address that goes before all others, e.g. from a flag. */
  readonly host?: string | undefined
  /** Default: those of this process. */
  readonly env?: NodeJS.ProcessEnv
  readonly home?: string
  /** The first that is there is taken, else the first; default: of the machine, of Docker Desktop, of a rootless engine. */
  readonly sockets?: readonly string[]
}

/** TLS is used where any variable asks for it, and the certificate is checked unless only DOCKER_TLS asks. Pure. */
export function tlsFromEnv(env: NodeJS.ProcessEnv, folder: string): TlsChoice | undefined {
  if (!env.DOCKER_TLS_VERIFY && !env.DOCKER_TLS && !env.DOCKER_CERT_PATH) return undefined
  return { folder: env.DOCKER_CERT_PATH || folder, verify: Boolean(env.DOCKER_TLS_VERIFY) || !env.DOCKER_TLS }
}

function usualSockets(env: NodeJS.ProcessEnv, home: string): string[] {
  const rootless = env.XDG_RUNTIME_DIR ? [join(env.XDG_RUNTIME_DIR, 'docker.sock')] : []
  return ['/var/run/docker.sock', join(home, '.docker', 'run', 'docker.sock'), ...rootless]
}

async function firstThere(paths: readonly string[]): Promise<string> {
  for (const path of paths) if (await access(path).then(() => true, isForbidden)) return path
  return paths[0] ?? '/var/run/docker.sock'
}

/** What may not be looked at is there, and the error of connecting says more. */
function isForbidden(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code !== 'ENOENT' && error.code !== 'ENOTDIR'
}

/**
 * Finds the engine as the docker program does: the given address, DOCKER_HOST, DOCKER_CONTEXT, the current context of
 * `config.json`, the default socket. Does not connect.
 *
 * @throws InfrakitError `input` when what names the engine is wrong
 */
export async function findEngine(options: FindOptions = {}): Promise<EngineAddress> {
  const { env = process.env, home = homedir() } = options
  const folder = configFolder(env, home)
  if (options.host) return parseAddress(options.host, 'the given host', tlsFromEnv(env, folder))
  if (env.DOCKER_HOST) return parseAddress(env.DOCKER_HOST, 'DOCKER_HOST', tlsFromEnv(env, folder))
  const source = env.DOCKER_CONTEXT ? 'DOCKER_CONTEXT' : `currentContext of ${join(folder, 'config.json')}`
  const context = env.DOCKER_CONTEXT || (await readDockerConfig(folder)).currentContext
  if (context && context !== 'default') return readContext(folder, context, source)
  return { kind: 'unix', path: await firstThere(options.sockets ?? usualSockets(env, home)) }
}
