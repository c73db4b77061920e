import type { InstanceSpec, Tags } from '@infrakit/spi'
import { messageOf, resultOf, type SessionCall } from './recording.js'

function includes(tags: Tags | null | undefined, wanted: Tags | null | undefined): boolean {
  return Object.entries(wanted ?? {}).every(([name, value]) => tags?.[name] === value)
}

/** Follows the instances of a recorded session, to see which of them vanished without having been destroyed. */
export function followInstances(): { vanishedBefore(call: SessionCall): string[] } {
  const present = new Map<string, Tags>()

  function note({ request, response }: SessionCall): void {
    const message = messageOf(request)
    const result = resultOf(response)
    if (!message || !result) return
    const { method, params } = message
    const id = String(params.Instance)
    if (method === 'Instance.Provision') present.set(String(result.ID), (params.Spec as InstanceSpec).Tags ?? {})
    if (method === 'Instance.Destroy') present.delete(id)
    if (method === 'Instance.Label') present.set(id, { ...present.get(id), ...(params.Labels as Tags) })
  }

  function missing({ request, response }: SessionCall): string[] {
    const message = messageOf(request)
    const result = resultOf(response)
    if (message?.method !== 'Instance.DescribeInstances' || !result) return []
    const listed = new Set((result.Descriptions as { ID: string }[]).map(({ ID }) => ID))
    const wanted = message.params.Tags as Tags | null
    return [...present].flatMap(([id, tags]) => (includes(tags, wanted) && !listed.has(id) ? [id] : []))
  }

  return {
    /** Instances that the call no longer saw. Calls must be handed in in order, each once. */
    vanishedBefore(call) {
      if (call.plugin !== 'instance-file') return []
      const gone = missing(call)
      for (const id of gone) present.delete(id)
      note(call)
      return gone
    },
  }
}
