import { InfrakitError, type Call, type InterfaceDefinition } from '@infrakit/spi'
import type { Context } from './context.js'

/** For calls that do something in the world, which may take its time. */
export const patient: Call = { timeout: 600_000 }

/** The plugin that `--name` chose, by the interface that a verb needs. Throws `input` when none was chosen. */
export async function connectNamed<H>(context: Context, definition: InterfaceDefinition<H>): Promise<H> {
  const plugins = await context.plugins()
  if (context.plugin) return plugins.get(definition, context.plugin)
  const noun = definition.name === 'Flavor' ? 'flavor' : 'instance'
  const names = (await plugins.list()).map(({ name }) => name)
  throw new InfrakitError('input', `which ${noun} plugin? give --name`, {
    hint:
      names.length > 0 ? `running plugins: ${names.join(', ')}` : "none is running; see 'infrakit plugin start --help'",
  })
}
