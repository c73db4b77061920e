import { InfrakitError } from '@infrakit/spi'
import { defineCommand } from '../../command.js'
import type { Context } from '../../context.js'
import { looksLikeFile } from '../../files/is-file.js'
import { readGroups } from '../../files/groups.js'
import { pretendAll } from '../../groups/commit.js'
import { connectGroup } from '../../groups/connect.js'
import { formatStatus } from '../../groups/status.js'
import { inThirdPerson } from '../../groups/phrases.js'
import { formatInstances } from '../../output/instances.js'

interface Options {
  readonly file?: boolean
  readonly id?: boolean
}

export const describe = defineCommand<Options>({
  description: `Of a file it tells what committing it would change, and changes nothing. Of a group it lists the instances, and tells
what is being done, what failed last and when that is tried again.

'-', a path with '/' and a name that ends in .json, .yml or .yaml are files; anything else is a group.`,
  options: [
    { flags: '--file', description: 'the operand is a file, whatever it looks like' },
    { flags: '--id', description: 'the operand is a group, whatever it looks like' },
  ],
  examples: ['infrakit group describe app-blue-2.json', 'infrakit group describe app-blue'],
  run(context, [operand = ''], { file, id }) {
    if (file && id) throw new InfrakitError('input', '--file and --id exclude each other; give one of them')
    return file || (!id && looksLikeFile(operand)) ? describeFile(context, operand) : describeGroup(context, operand)
  },
})

async function describeFile(context: Context, file: string): Promise<void> {
  const groups = await readGroups(file)
  const results = await pretendAll(await connectGroup(context), groups)
  if (context.json) return context.printJson(results)
  for (const { id, details } of results) context.print(`${id} : ${inThirdPerson(details)}`)
}

async function describeGroup(context: Context, id: string): Promise<void> {
  const group = await connectGroup(context)
  const { Description } = await group.describeGroup({ ID: id })
  if (context.json) return context.printJson({ ID: id, ...Description })
  for (const line of formatInstances(Description.Instances, context)) context.print(line)
  if (context.quiet) return
  for (const line of formatStatus(Description, Date.now())) context.print(line)
}
