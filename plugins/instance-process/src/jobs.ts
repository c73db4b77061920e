import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { findProgram, jobPrefix, runOnce } from '@infrakit/programs'
import { InfrakitError, type Job, type JobRequest } from '@infrakit/spi'
import { markOf, type Instanced, type Instances, type World } from './instances.js'
import { prepare } from './launch.js'
import { readJobProperties, type Surroundings } from './properties.js'

/** Seconds. */
const defaultTimeout = 600

/** Runs something once, in the surroundings of an instance or of its own. */
export function createJob({ table, records }: World, instances: Instances): Job {
  function sound(id: string): Instanced {
    const found = instances.find(id)
    if ('record' in found) return found
    throw new InfrakitError('plugin-failed', `cannot run a job next to ${id}: its record makes no sense`)
  }

  return {
    async run({ Instance, Properties, Command, TimeoutSeconds }) {
      const [name, ...args] = commandOf({ Command })
      const own = readJobProperties(Properties)
      const beneath = Instance ? sound(Instance) : undefined
      const surroundings = beneath ? beside(beneath.properties, own) : own
      const record = beneath?.record
      const mark = markOf(records.key, record?.ID ?? '', `job-${randomBytes(6).toString('hex')}`)
      const temporary = record ? undefined : await mkdtemp(records.dirOf(jobPrefix))
      try {
        const dir = temporary ?? records.dirOf(record?.ID ?? '')
        const prepared = await prepare(surroundings, { dir, mark, record })
        const program = findProgram(name, prepared.environment['PATH'] ?? '', prepared.cwd, 'Command')
        const timeout = (TimeoutSeconds ?? defaultTimeout) * 1000
        const errand = { name: `the job '${name}'`, command: [program, ...args], ...prepared, mark, timeout }
        const { exitCode, output, truncated } = await runOnce(table, errand)
        return { ExitCode: exitCode, Output: output, Truncated: truncated }
      } finally {
        if (temporary !== undefined) await rm(temporary, { recursive: true, force: true })
      }
    },
  }
}

/** What the job says of its own wins. */
function beside(instance: Surroundings, own: Surroundings): Surroundings {
  return {
    environment: { ...instance.environment, ...own.environment },
    workingDirectory: own.workingDirectory ?? instance.workingDirectory,
    user: own.user ?? instance.user,
  }
}

function commandOf({ Command }: Pick<JobRequest, 'Command'>): [string, ...string[]] {
  const [program, ...args] = Command ?? []
  if (!program) throw new InfrakitError('input', 'Command: expected a program and its arguments', { path: 'Command' })
  if ([program, ...args].some((part) => part.includes('\0'))) {
    throw new InfrakitError('input', 'Command: must not hold the character NUL', { path: 'Command' })
  }
  return [program, ...args]
}
