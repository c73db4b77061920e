import { randomBytes } from 'node:crypto'
import { parseJson, stringifyJson } from '@infrakit/rpc'
import type { Identity, RecordKind } from '@infrakit/programs'
import type { InstanceSpec, Tags } from '@infrakit/spi'
import { parseInput, tags } from '@infrakit/spi/schemas'
import { z } from 'zod'

/**
 * What is being made of an instance; a plugin that is killed finds here what it was at.
 *
 * - `provisioning`: not there yet, and never if the plugin dies now: it is not written down
 * - `running`: it was started, and is to run
 * - `starting`: it was stopped, and is again if the plugin dies now
 * - `stopped`: it is to be stopped; whatever of it runs is ended
 * - `destroying`: it is to go
 */
export type Phase = 'provisioning' | 'running' | 'starting' | 'stopped' | 'destroying'

export interface HeldPort {
  readonly Name: string
  readonly Port: number
  readonly Protocol: string
}

/** What `instance.json` holds. */
export interface InstanceRecord {
  readonly ID: string
  readonly LogicalID: string | null
  readonly Tags: Tags | null
  /** What was asked for when it was provisioned. */
  readonly Spec: InstanceSpec
  readonly Phase: Phase
  readonly Ports: readonly HeldPort[]
  /** Marks the processes of its last start; see `marker`. */
  readonly Run: string
  /** The supervisor of its last start: leader of its session and process group. */
  readonly Supervisor: Identity | null
  /** When it was last started, RFC 3339. */
  readonly Started: string | null
}

const schema = z.looseObject({
  ID: z.string(),
  LogicalID: z.string().nullable(),
  Tags: tags.nullable(),
  Spec: z.looseObject({}),
  Phase: z.enum(['running', 'starting', 'stopped', 'destroying']),
  Ports: z.array(z.looseObject({ Name: z.string(), Port: z.int(), Protocol: z.string() })),
  Run: z.string().regex(/^[0-9a-f]+$/),
  Supervisor: z.looseObject({ Pid: z.int().positive(), StartTime: z.string() }).nullable(),
  Started: z.string().nullable(),
})

function parseRecord(content: string): InstanceRecord {
  const value = parse(content)
  parseInput(schema, value)
  // The value as it was read: the schema would leave out a tag called __proto__.
  return value as InstanceRecord
}

function parse(content: string): unknown {
  try {
    return parseJson(content)
  } catch {
    throw new Error('it is not JSON')
  }
}

function formatRecord(record: InstanceRecord): string {
  return `${stringifyJson(record, 2)}\n`
}

export const recordKind: RecordKind<InstanceRecord> = {
  id: /^process-[0-9a-f]{16}$/,
  parse: parseRecord,
  format: formatRecord,
}

export function randomId(): string {
  return `process-${randomBytes(8).toString('hex')}`
}
