import { InfrakitError, kindOf, messageOf, type Group } from '@infrakit/spi'
import { defineCommand } from '../../command.js'
import { connectGroup } from '../../groups/connect.js'
import { changeAllocation, findSpec, sizeOf } from '../../groups/specs.js'

export const scale = defineCommand({
  description: `Changes how many instances a group has: to a number, or relative to the size in force with '+2' or '-1'; never below
0. The committed specification stays as it is; committing another size later overrides this one.`,
  examples: ['infrakit group scale app-blue 5', 'infrakit group scale app-blue +2', 'infrakit group scale app-blue -1'],
  async run(context, [id = '', wanted = '']) {
    const change = parseSize(wanted)
    const group = await connectGroup(context)
    const { size: old, set } = await sizing(group, id)
    const size = change(old)
    if (size !== old) await set(size)
    if (context.json) return context.printJson({ ID: id, Old: old, Size: size })
    if (context.quiet) return
    context.print(size === old ? `${id} has a size of ${old} already` : `Scaling ${id} from ${old} to ${size}`)
  },
})

/** What `5`, `+2` or `-1` makes of a size. Throws `input`. */
export function parseSize(text: string): (old: number) => number {
  const match = /^([+-]?)(\d{1,9})$/.exec(text)
  if (!match) throw new InfrakitError('input', `size: expected a whole number such as 5, +2 or -1, got '${text}'`)
  const [, sign, digits] = match
  const count = Number(digits)
  if (sign === '+') return (old) => old + count
  if (sign === '-') return (old) => Math.max(0, old - count)
  return () => count
}

interface Sizing {
  readonly size: number
  set(size: number): Promise<unknown>
}

/** A plugin that knows no sizes apart from specifications gets a specification with another size. */
async function sizing(group: Group, id: string): Promise<Sizing> {
  try {
    const { Size } = await group.size({ ID: id })
    return { size: Size, set: (size) => group.setSize({ ID: id, Size: size }) }
  } catch (error) {
    if (!lacksSizes(error)) throw error
  }
  const spec = await findSpec(group, id)
  const size = sizeOf(spec)
  if (size === undefined) throw new InfrakitError('plugin-failed', `the specification of ${id} has no size`)
  return { size, set: (next) => group.commitGroup({ Spec: changeAllocation(spec, { Size: next }) }) }
}

function lacksSizes(error: unknown): boolean {
  return kindOf(error) === 'incompatible' || /can't find (?:method|service)/.test(messageOf(error))
}
