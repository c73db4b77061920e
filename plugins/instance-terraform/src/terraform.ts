import { execFile } from 'node:child_process'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { failpoint } from '@infrakit/host'
import {
  logFile,
  markName,
  startSupervisor,
  supervisorsOf,
  untilEnded,
  type Identity,
  type ProcessTable,
} from '@infrakit/programs'
import { parseJson } from '@infrakit/rpc'
import { InfrakitError, messageOf } from '@infrakit/spi'
import * as argv from './argv.js'
import { errorsIn, readMessages, type Diagnostic, type Message } from './diagnostics.js'

export interface TerraformOptions {
  /** Path of the program. */
  readonly program: string
  /** The folder of the configuration. */
  readonly dir: string
  /** Where what it needs for a run is kept. */
  readonly runDir: string
  readonly table: ProcessTable
  /** Seconds that it waits for a lock of the state. */
  readonly lockTimeout: number
}

/** A change that is planned and not applied. */
export interface Plan {
  readonly file: string
  readonly changes: readonly { readonly address: string; readonly actions: readonly string[] }[]
}

/** Runs `terraform`; who asks for two changes at once is wrong. */
export interface Terraform {
  /** The state, as it was last written. Throws `unavailable`. */
  show(): Promise<unknown>
  /** Throws `Refused`, and then nothing has changed. */
  plan(targets: readonly string[], how?: { readonly refreshOnly?: boolean }): Promise<Plan>
  /**
   * Applies a plan. What it does is done to its end, also when this process is killed.
   *
   * @param started is told who does it, before it is waited for
   */
  apply(plan: Plan, started: (supervisor: Identity) => Promise<void>): Promise<Applied>
  /** Who still does what a process before this one began; as it may have been killed before it could tell `started`. */
  applying(): Identity | undefined
  /** Waits for what a process before this one began. */
  await(supervisor: Identity): Promise<Applied>
  /** What is wrong with the configuration in another folder. */
  validate(dir: string): Promise<readonly Diagnostic[]>
  version(): Promise<string>
}

export interface Applied {
  readonly messages: readonly Message[]
  /** Whether it ended well; `undefined` when it was killed. */
  readonly ok: boolean | undefined
}

/** Terraform does not want to. */
export class Refused extends Error {
  constructor(readonly diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(({ summary }) => summary).join('; '))
  }
}

/** Milliseconds: a plan asks providers, the rest reads files. */
const planTimeout = 600_000
const readTimeout = 60_000
/**
 * Terraform writes its state file in place: a reader may meet half of it. And a file of an instance may go after it was listed
 * and before it is read.
 */
const passing = /state|could not be read/i
const readTurns = 10
const readPause = 50
const mebibyte = 1024 * 1024

interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export function createTerraform(options: TerraformOptions): Terraform {
  const { program, dir, runDir, table, lockTimeout } = options
  const mark = `${dir}.`
  const environment = { ...process.env, TF_IN_AUTOMATION: '1', TF_INPUT: '0' } as Record<string, string>

  function run(args: readonly string[], cwd = dir, timeout = readTimeout): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const how = { cwd, env: environment, timeout, killSignal: 'SIGINT', maxBuffer: 512 * mebibyte } as const
      execFile(program, args, how, (error, stdout, stderr) => {
        const code = error ? error.code : 0
        if (typeof code === 'number') return resolve({ code, stdout, stderr })
        const words = error?.killed ? `it did not end within ${timeout / 1000} s` : messageOf(error)
        reject(new InfrakitError('unavailable', `cannot run terraform ${args[0]}: ${words}`, { cause: error }))
      })
    })
  }

  async function show(): Promise<unknown> {
    for (let turn = 1; ; turn++) {
      const { code, stdout, stderr } = await run(argv.showArguments())
      if (code === 0) return parseJson(stdout)
      if (turn >= readTurns || !passing.test(stderr)) throw cannotRead(dir, stderr)
      await sleep(readPause)
    }
  }

  async function plan(targets: readonly string[], how: { readonly refreshOnly?: boolean } = {}): Promise<Plan> {
    const file = join(runDir, 'plan')
    await mkdir(runDir, { recursive: true, mode: 0o700 })
    const planned = await run(argv.planArguments({ out: file, targets, lockTimeout, ...how }), dir, planTimeout)
    if (planned.code !== 0) throw new Refused(refusalOf(planned))
    const shown = await run(argv.showArguments(file))
    if (shown.code !== 0) throw cannotRead(file, shown.stderr)
    const { resource_changes: all = [], resource_drift: drift = [] } = parseJson(shown.stdout) as {
      resource_changes?: { address: string; change: { actions: string[] } }[]
      resource_drift?: { address: string; change: { actions: string[] } }[]
    }
    const changes = (how.refreshOnly ? drift : all).map(({ address, change }) => ({ address, actions: change.actions }))
    return { file, changes: changes.filter(({ actions }) => actions.some((one) => one !== 'no-op' && one !== 'read')) }
  }

  async function outcome(Supervisor: Identity): Promise<Applied> {
    const status = await untilEnded(table, { Supervisor, dir: runDir })
    const messages = readMessages(await readFile(logFile(runDir), 'utf8').catch(() => ''))
    return { messages, ok: status === undefined ? undefined : status === 0 }
  }

  return {
    show,
    plan,
    async apply({ file }, started) {
      await rm(logFile(runDir), { force: true })
      failpoint('terraform/apply')
      const supervisor = await startSupervisor(table, {
        dir: runDir,
        command: [program, ...argv.applyArguments(file, lockTimeout)],
        prepared: { cwd: dir, environment: { ...environment, [markName]: mark } },
        ended: () => undefined,
      })
      failpoint('terraform/started')
      await started(supervisor)
      failpoint('terraform/applying')
      const applied = await outcome(supervisor)
      failpoint('terraform/applied')
      return applied
    },
    applying: () => supervisorsOf(table, mark)[0],
    await: outcome,
    async validate(folder) {
      const { stdout, stderr } = await run(argv.validateArguments, folder)
      try {
        return (JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics.filter(
          ({ severity }) => severity === 'error',
        )
      } catch {
        return [{ severity: 'error', summary: plainly(stderr) }]
      }
    },
    async version() {
      const { stdout } = await run(argv.versionArguments)
      return (JSON.parse(stdout) as { terraform_version: string }).terraform_version
    },
  }
}

function refusalOf({ stdout, stderr }: Outcome): Diagnostic[] {
  const errors = errorsIn(readMessages(stdout))
  return errors.length > 0 ? errors : [{ severity: 'error', summary: plainly(stderr) || 'it does not say why' }]
}

/** What Terraform wrote for a person, without colours and the frame around it. */
function plainly(text: string): string {
  const lines = stripVTControlCharacters(text).split('\n')
  const words = lines.map((line) => line.replace(/^[╷│╵ ]+/, '').trim()).filter(Boolean)
  return words.join('\n')
}

function cannotRead(what: string, stderr: string): InfrakitError {
  return new InfrakitError('unavailable', `cannot read the state of Terraform in ${what}: ${plainly(stderr)}`, {
    hint: 'Instances are unknown until it can be read. Correct what Terraform complains about; see: terraform show.',
  })
}
