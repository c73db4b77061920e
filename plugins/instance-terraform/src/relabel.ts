import { parseJson, stringifyJson } from '@infrakit/rpc'
import type { Tags } from '@infrakit/spi'
import { literal } from './references.js'
import { noteType } from './render.js'

interface File {
  readonly locals: Readonly<Record<string, { readonly Tags: Tags }>>
  readonly resource: Readonly<Record<string, Readonly<Record<string, { readonly input: { readonly Tags: Tags } }>>>>
}

/** The text of an instance's file with labels added or replaced. */
export function relabelled(text: string, id: string, labels: Tags): string {
  const file = parseJson(text) as File
  const escaped = Object.fromEntries(Object.entries(labels).map(([key, value]) => [literal(key), literal(value)]))
  const tags = (before: Tags | undefined) => ({ ...before, ...escaped })
  const local = file.locals[id]
  const notes = file.resource[noteType]
  const note = notes?.[id]
  if (!local || !note) throw new Error(`the file of ${id} is not as it was written`)
  const changed = {
    ...file,
    locals: { ...file.locals, [id]: { ...local, Tags: tags(local.Tags) } },
    resource: {
      ...file.resource,
      [noteType]: { ...notes, [id]: { ...note, input: { ...note.input, Tags: tags(note.input.Tags) } } },
    },
  }
  return `${stringifyJson(changed, 2)}\n`
}
