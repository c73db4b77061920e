import { parseJson, stringifyJson } from '@infrakit/rpc'
import type { InstanceSpec, Opaque, Tags } from '@infrakit/spi'
import { parseInput, tags } from '@infrakit/spi/schemas'
import { z } from 'zod'

/** What an instance's file holds: the original's fields, and ours. Whatever else stands there is kept. */
export interface InstanceFile {
  readonly LogicalID?: string | null
  readonly Tags?: Tags | null
  /** What was asked for when it was provisioned. */
  readonly Spec?: Opaque
  /** `stopped`, or absent. The original passes over it. */
  readonly State?: string | null
}

const known = z.looseObject({
  LogicalID: z.string().nullish(),
  Tags: tags.nullish(),
  State: z.string().nullish(),
})

/** Reads a file of ours or of any release of the original. Throws for a text that is not such a file, saying why. */
export function parseFile(text: string): InstanceFile {
  const value = parseJson(text)
  parseInput(known, value)
  // The value as it was read, not what the schema made of it: nothing that others wrote may get lost.
  return value as InstanceFile
}

/** The file's text: two spaces, as the original indents. */
export function formatFile(file: InstanceFile): string {
  return `${stringifyJson(file, 2)}\n`
}

/** A new instance's file, with the original's fields in the original's order. */
export function newFile(id: string, spec: InstanceSpec): InstanceFile & { readonly ID: string } {
  const { Properties = null, Tags = null, Init = '', LogicalID = null, Attachments = null } = spec
  return { ID: id, LogicalID, Tags, Spec: { Properties, Tags, Init: Init ?? '', LogicalID, Attachments } }
}
