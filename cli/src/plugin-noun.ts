import { createPlugins, pluginsDir } from '@infrakit/discovery'
import { InfrakitError, parsePluginName } from '@infrakit/spi'
import type { Noun, Verb } from './command.js'
import { nouns } from './nouns.js'

/** Makes a noun of a running plugin: it has the verbs of each interface that its handshake names. */
export async function nounOfPlugin(name: string): Promise<Noun> {
  const offered = await interfacesOf(name)
  const all = await Promise.all(Object.values(nouns).map((noun) => noun.load()))
  const fitting = all.filter((noun) => noun.interface !== undefined && offered.includes(noun.interface))
  if (fitting.length === 0) {
    throw new InfrakitError(
      'incompatible',
      `plugin ${name} offers ${offered.join(', ') || 'nothing'}: no commands for it`,
      {
        hint: `see 'infrakit plugin info ${name}'`,
      },
    )
  }
  const verbs: Record<string, Verb> = {}
  for (const noun of fitting) {
    for (const [verb, definition] of Object.entries(noun.verbs)) {
      verbs[verb] = verbs[verb] ? ambiguous(name, verb, fitting) : definition
    }
  }
  return { name, summary: `Call the plugin ${name} (${offered.join(', ')})`, plugin: name, verbs }
}

async function interfacesOf(name: string): Promise<string[]> {
  const plugins = createPlugins(pluginsDir(process.env))
  try {
    const { objects } = await (await plugins.client(name)).handshake()
    const { type } = parsePluginName(name)
    const serving = objects.filter((one) => type === '' || one.types.length === 0 || one.types.includes(type))
    return [...new Set(serving.map((one) => one.name))]
  } finally {
    plugins.close()
  }
}

/** A verb that two interfaces of one plugin have. */
function ambiguous(plugin: string, verb: string, owners: readonly Noun[]): Verb {
  const forms = owners
    .filter((noun) => noun.verbs[verb])
    .map((noun) => `'infrakit ${noun.name} --name ${plugin} ${verb}'`)
  return {
    args: '[operand...]',
    summary: `say which one: ${forms.join(' or ')}`,
    load: () =>
      Promise.resolve({
        description: `The plugin has more than one '${verb}'.`,
        examples: forms.map((form) => form.slice(1, -1)),
        run: () =>
          Promise.reject(
            new InfrakitError('input', `plugin ${plugin} has more than one '${verb}'`, {
              hint: `say ${forms.join(' or ')}`,
            }),
          ),
      }),
  }
}
