import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InfrakitError, messageOf } from '@infrakit/spi'

/** What of the `config.json` of Docker's own programs is used here. */
export interface DockerConfig {
  readonly currentContext?: string
  readonly auths?: Readonly<Record<string, { auth?: string; identitytoken?: string }>>
  readonly credsStore?: string
  readonly credHelpers?: Readonly<Record<string, string>>
}

/** The folder of Docker's configuration: DOCKER_CONFIG, else `.docker` in the home. */
export function configFolder(env: NodeJS.ProcessEnv, home: string): string {
  return env.DOCKER_CONFIG || join(home, '.docker')
}

/**
 * Reads a file of JSON that holds an object; `undefined` when there is none.
 *
 * @throws InfrakitError `input` when it cannot be read or is no JSON; its content, which may be secret, is not quoted
 */
export async function readJsonFile(path: string): Promise<Record<string, unknown> | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return
    throw new InfrakitError('input', `cannot read ${path}: ${messageOf(error)}`, {
      hint: "Docker's own programs write this file; make it readable, or set DOCKER_CONFIG to another folder.",
      cause: error,
    })
  }
  const value = parse(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new InfrakitError('input', `cannot use ${path}: it does not hold a JSON object`, {
    hint: "Docker's own programs write this file; repair it, or set DOCKER_CONFIG to another folder.",
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message quotes what it stumbled over.
    return undefined
  }
}

/** Reads `config.json`; empty when there is none. Throws as `readJsonFile`. */
export async function readDockerConfig(folder: string): Promise<DockerConfig> {
  return ((await readJsonFile(join(folder, 'config.json'))) ?? {}) as DockerConfig
}
