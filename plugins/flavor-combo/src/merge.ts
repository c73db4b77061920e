import type { Attachment, InstanceSpec, Tags } from '@infrakit/spi'

/** Tags of the group stand; of all others the later ones win. */
function mergeTags(before: Tags | null | undefined, after: Tags | null | undefined): Tags | null | undefined {
  if (!before || !after) return before ?? after
  const reserved = Object.entries(before).filter(([name]) => name.startsWith('infrakit.'))
  return { ...before, ...after, ...Object.fromEntries(reserved) }
}

/**
 * A flavor that builds on the commands so far has them in its answer, whole lines in a row; its answer stands. One that
 * writes its own in their place loses nothing of the others': its commands come behind theirs.
 */
function mergeInit(before: string | null | undefined, after: string | null | undefined): string | null | undefined {
  const kept = before?.trimEnd()
  if (!after) return before
  if (!kept || `\n${after}\n`.includes(`\n${kept}\n`)) return after
  return `${before}\n${after}`
}

function mergeAttachments(before: readonly Attachment[], after: readonly Attachment[]): Attachment[] {
  const key = (one: Attachment) => JSON.stringify([one.ID, one.Type])
  return [...new Map([...before, ...after].map((one) => [key(one), one])).values()]
}

/** The specification so far, `before`, after a flavor that was handed it has answered `after`. Nothing of it gets lost. */
export function mergeSpecs(before: InstanceSpec, after: InstanceSpec): InstanceSpec {
  return {
    ...before,
    Properties: after.Properties ?? before.Properties,
    Tags: mergeTags(before.Tags, after.Tags) ?? null,
    Init: mergeInit(before.Init, after.Init) ?? '',
    LogicalID: after.LogicalID ?? before.LogicalID ?? null,
    Attachments: mergeAttachments(before.Attachments ?? [], after.Attachments ?? []),
  }
}
