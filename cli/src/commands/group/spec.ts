import { defineCommand } from '../../command.js'
import { connectGroup } from '../../groups/connect.js'
import { findSpec } from '../../groups/specs.js'

export const spec = defineCommand<{ yaml?: boolean }>({
  description: 'Prints the specification in force of a group, in a form that can be committed again.',
  options: [{ flags: '--yaml', description: 'YAML instead of JSON' }],
  examples: ['infrakit group spec app-blue', 'infrakit group spec --yaml app-blue > app-blue.yml'],
  async run(context, [id = ''], { yaml }) {
    const found = await findSpec(await connectGroup(context), id)
    if (context.json || !yaml) return context.printJson(found)
    const { formatYaml } = await import('../../files/yaml.js')
    context.print(formatYaml(found))
  },
})
