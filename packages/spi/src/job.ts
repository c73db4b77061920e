import type { Opaque } from './common.js'
import { defineInterface, type Call, type Fenced } from './interface.js'

export interface JobRequest extends Fenced {
  /** Run it next to this instance; without one, wherever the plugin sees fit. */
  Instance?: string | null
  /** The plugin's own description of what to run. */
  Properties?: Opaque
  /** argv, never a shell string. */
  Command?: string[] | null
  /** Seconds after which it is ended and `timeout` thrown. Default 600. */
  TimeoutSeconds?: number | null
}

export interface JobResult {
  ExitCode: number
  /** Standard output and error as they came, the last 64 KiB of them. */
  Output: string
  Truncated?: boolean | null
}

/** Runs something once, waits, and tells how it ended. */
export interface Job {
  /** A non-zero exit is a result, not an error. Leaves nothing behind. */
  run(request: JobRequest, call?: Call): Promise<JobResult>
}

export const jobInterface = defineInterface<Job>({
  name: 'Job',
  version: '0.1.0',
  address: 'Type',
  methods: {
    Run: {
      mutates: true,
      example: {
        request: { Type: '', Instance: null, Properties: null, Command: [], TimeoutSeconds: 600 },
        response: { Type: '', ExitCode: 0, Output: '', Truncated: false },
      },
    },
  },
})
