import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { markName, runOnce, type ProcessTable, type Records } from '@infrakit/programs'
import { InfrakitError, type Job } from '@infrakit/spi'
import type { Machines } from './machines.js'
import type { InstanceRecord } from './record.js'
import type { Machine, Watcher } from './watcher.js'

/** Seconds. */
const defaultTimeout = 600

interface Workplace {
  readonly program: string
  readonly table: ProcessTable
  readonly records: Records<InstanceRecord>
  readonly machines: Machines
  readonly watcher: Watcher
}

/** Runs a command in a machine: over ssh, or in the container of the docker provider. */
export function createJob({ program, table, records, machines, watcher }: Workplace): Job {
  return {
    async run({ Instance: id, Command, TimeoutSeconds }) {
      if (!id)
        throw new InfrakitError('input', 'Instance: a command of Vagrant runs in a machine', { path: 'Instance' })
      if (!Command?.[0])
        throw new InfrakitError('input', 'Command: expected a program and its arguments', { path: 'Command' })
      machines.find(id, 'run a job in')
      const cwd = records.dirOf(id)
      const answer = (await watcher.look()).get(cwd) ?? []
      const [machine] = 'error' in answer ? [] : answer
      const mark = `${records.key}.${id}.job-${randomBytes(6).toString('hex')}`
      const { exitCode, output, truncated } = await runOnce(table, {
        name: `the job '${Command[0]}'`,
        command:
          machine?.provider === 'docker' ? await inContainer(cwd, machine, Command) : [program, ...overSsh(Command)],
        environment: { ...process.env, [markName]: mark } as Record<string, string>,
        cwd,
        mark,
        timeout: (TimeoutSeconds ?? defaultTimeout) * 1000,
      })
      return { ExitCode: exitCode, Output: output, Truncated: truncated }
    },
  }
}

/** Not by `vagrant docker-exec`, which fails in several releases when there is no terminal. */
async function inContainer(dir: string, { name }: Machine, command: readonly string[]): Promise<string[]> {
  const id = await readFile(join(dir, '.vagrant', 'machines', name, 'docker', 'id'), 'utf8')
  return ['docker', 'exec', id.trim(), ...command]
}

/** The shell at the other end gets every part as it stands. */
export function overSsh(command: readonly string[]): string[] {
  return ['ssh', '--no-tty', '--command', command.map((part) => `'${part.replaceAll("'", `'\\''`)}'`).join(' ')]
}
