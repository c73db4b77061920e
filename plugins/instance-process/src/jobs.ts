import { randomBytes } from 'node:crypto'
import { InfrakitError, type Job, type JobRequest } from '@infrakit/spi'
import { markOf, type Instances, type World } from './instances.js'
import { prepare } from './launch.js'
import { findProgram } from './prerequisites.js'
import { readJobProperties, readProperties, type Surroundings } from './properties.js'
import type { InstanceRecord } from './record.js'
import { runOnce } from './run-once.js'

/** Seconds. */
const defaultTimeout = 600

/** Runs something once, in the surroundings of an instance or of its own. */
export function createJob({ table, records }: World, instances: Instances): Job {
  function recordOf(id: string): InstanceRecord {
    const found = instances.find(id)
    if ('record' in found) return found.record
    throw new InfrakitError('plugin-failed', `cannot run a job next to ${id}: its record makes no sense`)
  }

  return {
    async run({ Instance, Properties, Command, TimeoutSeconds }) {
      const [name, ...args] = commandOf({ Command })
      const own = readJobProperties(Properties)
      const record = Instance ? recordOf(Instance) : undefined
      const surroundings = record ? beside(readProperties(record.Spec.Properties), own) : own
      const id = record?.ID ?? ''
      const dir = record ? records.dirOf(record.ID) : records.dirOf('.jobs')
      const mark = markOf(records.key, id, `job-${randomBytes(6).toString('hex')}`)
      const prepared = await prepare(surroundings, { dir, mark, record })
      const program = findProgram(name, prepared.environment['PATH'] ?? '', prepared.cwd, 'Command')
      const timeout = (TimeoutSeconds ?? defaultTimeout) * 1000
      const errand = { name: `the job '${name}'`, command: [program, ...args], ...prepared, mark, timeout }
      const { exitCode, output, truncated } = await runOnce(table, errand)
      return { ExitCode: exitCode, Output: output, Truncated: truncated }
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
