import { createHash, randomBytes } from 'node:crypto'
import type { Identity, RecordKind } from '@infrakit/programs'
import { parseJson, stringifyJson } from '@infrakit/rpc'
import type { InstanceSpec, Tags } from '@infrakit/spi'
import { parseInput, tags } from '@infrakit/spi/schemas'
import { z } from 'zod'

/**
 * What is being made of an instance; a plugin that is killed finds here what it was at.
 *
 * - `provisioning`: not there yet, and never if Vagrant does not come to its end
 * - `running`, `stopped`: it is to run, or not
 * - `destroying`: it is to go
 */
export type Phase = 'provisioning' | 'running' | 'stopped' | 'destroying'

/** What `instance.json` holds; a Vagrantfile may read it. */
export interface InstanceRecord {
  readonly ID: string
  readonly LogicalID: string | null
  readonly Tags: Tags | null
  /** What was asked for when it was provisioned. */
  readonly Spec: InstanceSpec
  readonly Phase: Phase
  /** Under whom Vagrant was last started for it. */
  readonly Supervisor: Identity | null
}

const schema = z.looseObject({
  ID: z.string(),
  LogicalID: z.string().nullable(),
  Tags: tags.nullable(),
  Spec: z.looseObject({}),
  Phase: z.enum(['provisioning', 'running', 'stopped', 'destroying']),
  Supervisor: z.looseObject({ Pid: z.int().positive(), StartTime: z.string() }).nullable(),
})

function parse(content: string): InstanceRecord {
  let value: unknown
  try {
    value = parseJson(content)
  } catch {
    throw new Error('it is not JSON')
  }
  parseInput(schema, value)
  // The value as it was read: the schema would leave out a tag called __proto__.
  return value as InstanceRecord
}

export const recordKind: RecordKind<InstanceRecord> = {
  id: /^infrakit-[0-9a-f]{16}$/,
  parse,
  format: (record) => `${stringifyJson(record, 2)}\n`,
}

/** The ID of the instance with this provision key; without one that nobody else has. */
export function instanceId(key: string | undefined): string {
  const bytes = key === undefined ? randomBytes(8) : createHash('sha256').update(key).digest()
  return `infrakit-${bytes.toString('hex').slice(0, 16)}`
}
