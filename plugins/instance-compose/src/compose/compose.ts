import { execa } from 'execa'
import pLimit from 'p-limit'
import { parse } from 'yaml'
import { failpoint } from '@infrakit/host'
import { InfrakitError } from '@infrakit/spi'
import type { Source } from '../properties.js'
import { buildArgv, configArgv, createArgv, servicesArgv, sidesArgv, startArgv } from './argv.js'
import { composeError, warningsIn, type Failure } from './compose-error.js'
import { composeEnvironment } from './environment.js'
import type { Program } from './program.js'

export interface ComposeOptions {
  readonly program: Program
  /** Address of the engine, where one was given to the plugin. */
  readonly host: string | undefined
  readonly env: NodeJS.ProcessEnv
  readonly log: { warn(fields: object, message: string): void }
}

interface Run extends Omit<Failure, 'output'> {
  readonly argv: readonly string[]
  readonly source: Source
  readonly input?: string
  readonly timeout: number
}

/** More at once make nothing quicker; each is a process of some 40 MB. */
const atOnce = 8

const renderMs = 60_000
const makeMs = 3 * 60_000
const sidesMs = 10 * 60_000
const buildMs = 60 * 60_000
/** How long Compose may take to end when it is told to. */
const endMs = 5_000

/** Throws `input` where only a newer Compose would say. */
function projectOf({ project }: Source): string {
  if (project !== undefined) return project
  throw new InfrakitError('input', 'Properties.Project: Compose 1 does not say what the project is called', {
    path: 'Properties.Project',
    hint: 'Give its name, or install version 2.',
  })
}

/** Runs Compose. Whatever it does it does by the user's files, or by a project that we hand it: it gets no other options. */
export class Compose {
  readonly #limit = pLimit(atOnce)

  constructor(private readonly options: ComposeOptions) {}

  /** The project as Compose understands the files, with at least a service and what it uses. Throws `input` in Compose's words. */
  async config(source: Source, service: string): Promise<unknown> {
    const { major } = this.options.program
    const output = await this.#run({
      argv: configArgv(source, service, major),
      source,
      attempt: `read service ${service} of ${source.files.join(', ')}`,
      kind: 'input',
      path: 'Properties.Files',
      hint: 'The words are those of `docker compose config`, which says the same of these files.',
      timeout: renderMs,
    })
    // Version 1 renders the project and does not say what it is called.
    return major === 1 ? { name: projectOf(source), ...(parse(output) as object) } : (JSON.parse(output) as unknown)
  }

  /** Names of all services; none where Compose does not tell. */
  async services(source: Source): Promise<string[]> {
    const argv = servicesArgv(source, this.options.program.major)
    const run = { argv, source, attempt: 'list the services', kind: 'input', timeout: renderMs } as const
    const output = await this.#run(run).catch(() => '')
    return output.split('\n').filter(Boolean)
  }

  async build(source: Source, service: string): Promise<void> {
    const argv = buildArgv(source, service)
    await this.#run({ argv, source, attempt: `build service ${service}`, kind: 'plugin-failed', timeout: buildMs })
  }

  async bringUp(source: Source, project: string, services: readonly string[]): Promise<void> {
    const argv = sidesArgv(source, project, services)
    const attempt = `bring up ${services.join(', ')} of project ${project}`
    await this.#run({ argv, source, attempt, kind: 'plugin-failed', timeout: sidesMs })
  }

  /** Makes the container of a generated service, and does not start it. Throws `conflict` when its name is in use. */
  async create(source: Source, project: string, service: string, model: object): Promise<void> {
    const argv = createArgv(source, project, service, this.options.program.major)
    const attempt = `make ${service} of project ${project}`
    await this.#run({ argv, source, input: JSON.stringify(model), attempt, kind: 'plugin-failed', timeout: makeMs })
  }

  async start(source: Source, project: string, service: string, model: object): Promise<void> {
    const argv = startArgv(source, project, service)
    const attempt = `start ${service} of project ${project}`
    await this.#run({ argv, source, input: JSON.stringify(model), attempt, kind: 'plugin-failed', timeout: makeMs })
  }

  #run(run: Run): Promise<string> {
    return this.#limit(() => this.#runNow(run))
  }

  async #runNow({ argv, source, input, timeout, ...failure }: Run): Promise<string> {
    const { program, host, env, log } = this.options
    const [file = '', ...first] = program.argv
    const running = execa(file, [...first, ...argv], {
      env: composeEnvironment(env, source.environment, host),
      extendEnv: false,
      input: input ?? '',
      reject: false,
      timeout,
      forceKillAfterDelay: endMs,
      maxBuffer: 64 * 1024 * 1024,
    })
    failpoint('compose/begun')
    const result = await running
    const output = result.stderr
    for (const warning of warningsIn(output)) log.warn({ files: source.files, warning }, 'Compose warns')
    if (result.timedOut) {
      throw new InfrakitError('timeout', `cannot ${failure.attempt}: Compose did not end within ${timeout / 1000} s`)
    }
    if (result.exitCode === 0) return result.stdout
    // What it says when it cannot be run at all is said by nobody but the system.
    throw composeError({ ...failure, output: output || (result.shortMessage ?? '') })
  }
}
