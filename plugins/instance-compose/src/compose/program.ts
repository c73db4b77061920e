import { execa } from 'execa'
import { InfrakitError } from '@infrakit/spi'
import type { Major } from './argv.js'

/** Compose as it is installed here. */
export interface Program {
  /** `['docker', 'compose']` */
  readonly argv: readonly string[]
  readonly version: string
  readonly major: Major
}

/** Those that are looked for, the best first. */
const usual: readonly (readonly string[])[] = [['docker', 'compose'], ['docker-compose']]

async function versionOf([file = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const options = { env, extendEnv: false, reject: false, timeout: 20_000, stdin: 'ignore' } as const
  const { exitCode, stdout } = await execa(file, [...args, 'version', '--short'], options)
  return exitCode === 0 ? /\d+\.\d+\S*/.exec(stdout)?.[0] : undefined
}

/**
 * Finds Compose: that of the docker program, else a program of its own, which may be version 1.
 *
 * @param given what to run instead: `docker-compose`, `/opt/docker compose`
 * @throws InfrakitError `unavailable` when there is none
 */
export async function findCompose(given: string | undefined, env: NodeJS.ProcessEnv = process.env): Promise<Program> {
  const candidates = given === undefined ? usual : [given.split(' ').filter(Boolean)]
  for (const argv of candidates) {
    const version = await versionOf(argv, env)
    if (version !== undefined) return { argv, version, major: version.startsWith('1.') ? 1 : 2 }
  }
  const tried = candidates.map((argv) => `\`${argv.join(' ')} version\``).join(' nor ')
  throw new InfrakitError('unavailable', `there is no Docker Compose: no answer from ${tried}`, {
    hint: 'Install the Compose plugin of Docker (docker-compose-v2, docker-compose-plugin), or name a program with --compose.',
  })
}
