import { relative, resolve } from 'node:path'
import { defineCommand } from '../../command.js'
import { checkName, readKind } from '../../scaffold/names.js'
import { fillTemplate } from '../../scaffold/template.js'
import { writeScaffold } from '../../scaffold/write.js'
import { readVersion } from '../../version.js'

export const newPlugin = defineCommand<{ dir?: string }>({
  description: `Makes the package of a new plugin that works as it stands: an instance plugin whose cloud is played by a folder, or a
flavor that probes a port. It keeps every promise of its interface, and has a test that says so. What is yours to write is marked
in it.`,
  options: [{ flags: '--dir <folder>', description: 'where to make it (default: ./<name>)' }],
  examples: [
    'infrakit plugin new instance my-cloud',
    'infrakit plugin new flavor my-service --dir ./plugins/my-service',
  ],
  async run(context, [kindText = '', name = ''], { dir = name }) {
    const kind = readKind(kindText)
    checkName(name)
    const folder = resolve(dir)
    const files = await fillTemplate(kind, { kind, name, version: await readVersion() })
    await writeScaffold(folder, files)
    const shown = relative(process.cwd(), folder) || '.'
    const next = [
      `cd ${shown}`,
      'npm install',
      'npm test',
      `infrakit plugin start ./bin/infrakit-${name}.js`,
      `infrakit plugin verify ${name} --properties properties.json`,
    ]
    if (context.json) return context.printJson({ name, kind, folder, files: files.map(({ path }) => path), next })
    context.print(`Made the ${kind} plugin ${name} in ${folder}`)
    context.note(
      `\nNext:\n${next.map((line) => `  ${line}`).join('\n')}\n\nWhat is yours to write is marked: grep -rn YOUR ${shown}/src`,
    )
  },
})
