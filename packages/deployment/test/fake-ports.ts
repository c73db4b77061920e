import type { DeploymentPlan, Registry, TxnOperation } from '@infrakit/spi'
import { keys } from '../src/names.js'
import type { Ports } from '../src/ports.js'
import type { Journal } from '../src/records.js'
import type { Tenure } from '../src/tenure.js'

export interface FakeRegistry {
  readonly values: Map<string, string>
  /** What every write is refused with. */
  refuse?: Error
}

/** As much of the world as the executor and its journal need, in memory. */
export function fakePorts(failpoint: (name: string) => void): Ports & { readonly fake: FakeRegistry } {
  const fake: FakeRegistry = { values: new Map() }
  const registry = {
    async txn({ Operations }: { Operations: TxnOperation[] }) {
      if (fake.refuse) throw fake.refuse
      for (const { Put, Delete } of Operations) {
        if (Put) fake.values.set(Put.Key, Put.Value)
        if (Delete) fake.values.delete(Delete.Key)
      }
      return { Versions: [] }
    },
  } as unknown as Registry
  const silent = () => undefined
  return {
    fake,
    registry: async () => ({ name: 'registry', registry }),
    clock: { now: () => performance.now(), date: () => new Date(0), sleep: async () => undefined },
    json: {
      parse: (text: string) => JSON.parse(text) as unknown,
      stringify: (value: unknown) => JSON.stringify(value),
    },
    log: { debug: silent, info: silent, warn: silent },
    failpoint,
  } as unknown as Ports & { readonly fake: FakeRegistry }
}

/** A lease that is never lost. */
export function fakeTenure(): Tenure {
  const token = { Name: 'deployments/shop', Epoch: 1 }
  return {
    signal: new AbortController().signal,
    token,
    fence: { Scope: token.Name, Epoch: 1 },
    require: () => undefined,
  } as unknown as Tenure
}

export function firstEntry({ Service, Kind, Strategy, Release, Colour, Scale, Steps }: DeploymentPlan): Journal {
  const about = { Kind, Strategy, Release, Colour, Scale }
  return {
    ...{ Number: 1, LastRelease: Release, Site: 'here', Direction: 'forward', At: -1, Recorded: false, Said: {} },
    Report: {
      ...about,
      ID: `${Service}-1`,
      State: 'running',
      Owner: 'me',
      Began: '',
      Steps: Steps.map(({ Name, Text }) => ({ Name, Text, State: 'waiting' })),
    },
  }
}

export function journalIn({ values }: FakeRegistry, service: string): Journal | undefined {
  const value = values.get(keys.journal(service))
  return value === undefined ? undefined : (JSON.parse(value) as Journal)
}
