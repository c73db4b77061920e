import type { Context } from './common.js'
import { defineInterface, type Call, type Fenced } from './interface.js'

/** Stopping and starting without destroying. Both are idempotent and throw `not-found` for an unknown instance. */
export interface Lifecycle {
  /** Stops the instance and keeps it; from then on it is described as `stopped`, not lost. */
  stop(request: Fenced & { Instance: string; Context?: Context | null }, call?: Call): Promise<void>
  /** Starts a stopped instance as it was: same ID, same endpoints. */
  start(request: Fenced & { Instance: string }, call?: Call): Promise<void>
}

export const lifecycleInterface = defineInterface<Lifecycle>({
  name: 'Lifecycle',
  version: '0.1.0',
  address: 'Type',
  methods: {
    Stop: {
      mutates: true,
      ok: true,
      example: { request: { Type: '', Instance: '', Context: { Reason: '' } }, response: { Type: '', OK: false } },
    },
    Start: {
      mutates: true,
      ok: true,
      example: { request: { Type: '', Instance: '' }, response: { Type: '', OK: false } },
    },
  },
})
