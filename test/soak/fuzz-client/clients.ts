import { createClient } from '@infrakit/rpc/client'
import { instanceInterface } from '@infrakit/spi'
import { instanceSchemas } from '@infrakit/spi/schemas'
import type { FuzzedClient } from './fuzz-client.js'

/** The client that everything here uses. */
export function ours(path: string): FuzzedClient {
  const client = createClient({ path }, { timeoutMs: 150 })
  const bound = client.bind(instanceInterface, { schemas: instanceSchemas })
  return {
    call(kind, timeout) {
      switch (kind) {
        case 'reads':
          return client.call('Instance.DescribeInstances', {}, { timeout })
        case 'changes':
          return client.call('Instance.Provision', { Spec: {} }, { timeout })
        case 'shakes hands':
          return client.handshake({ timeout })
        case 'asks for information':
          return client.info({ timeout })
        case 'is bound':
          return bound.describeInstances({}, { timeout })
      }
    },
    close: () => client.close(),
  }
}

/** What can be wrong with a client, and how fuzzing says so. */
export const clientFaults = {
  'waits for ever': /it did not end in/,
  'takes any answer for its own': /takes for an answer what is none/,
  'throws whatever comes': /and throws Error: oh/,
  'leaves connections open': /the client to close its connections/,
} as const

export type ClientFault = keyof typeof clientFaults

/** Our client with one thing wrong. */
export function faulty(path: string, fault: ClientFault): FuzzedClient {
  const client = ours(path)
  return {
    async call(kind, timeoutMs) {
      try {
        return await client.call(kind, fault === 'waits for ever' ? 600_000 : timeoutMs)
      } catch (error) {
        if (fault === 'takes any answer for its own') return 'whatever it was'
        if (fault === 'throws whatever comes') throw new Error('oh', { cause: error })
        throw error
      }
    },
    close: () => {
      if (fault !== 'leaves connections open') client.close()
    },
  }
}
