import { defineInterface, type Call, type FenceToken } from './interface.js'

/** Refusing the past: mutating calls that carry an epoch older than the highest seen are a `conflict`. */
export interface Fence {
  /**
   * Remembers the epoch durably and answers once no call of that scope with a smaller epoch is running. The same epoch
   * again is fine; a smaller one throws `conflict`.
   */
  raise(request: FenceToken, call?: Call): Promise<void>
}

export const fenceInterface = defineInterface<Fence>({
  name: 'Fence',
  version: '0.1.0',
  methods: {
    Raise: { mutates: true, ok: true, example: { request: { Scope: '', Epoch: 0 }, response: { OK: false } } },
  },
})
