import { InfrakitError } from '@infrakit/spi/errors'
import { nearest } from '@infrakit/spi/nearest'
import type { Noun } from './command.js'

/** The first words of a command line, each with the module that knows its verbs. */
export const nouns: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<Noun> }>> = {
  plugin: {
    summary: 'See, start and stop plugins',
    load: async () => (await import('./commands/plugin/index.js')).pluginNoun,
  },
  group: {
    summary: 'Declare groups of instances and see how they are',
    load: async () => (await import('./commands/group/index.js')).groupNoun,
  },
  instance: {
    summary: 'Call an instance plugin directly',
    load: async () => (await import('./commands/instance/index.js')).instanceNoun,
  },
  flavor: {
    summary: 'Call a flavor plugin directly',
    load: async () => (await import('./commands/flavor/index.js')).flavorNoun,
  },
  proxy: {
    summary: 'Say which requests go to which servers, and see that they do',
    load: async () => (await import('./commands/proxy/index.js')).proxyNoun,
  },
  registry: {
    summary: 'Keep keys, leases and services that several processes share',
    load: async () => (await import('./commands/registry/index.js')).registryNoun,
  },
  deploy: {
    summary: 'Bring a release of a service into the world, all or nothing',
    load: async () => (await import('./commands/deployment/deploy-noun.js')).deployNoun,
  },
  deployment: {
    summary: 'See and steer the deployments of services',
    load: async () => (await import('./commands/deployment/index.js')).deploymentNoun,
  },
  completion: {
    summary: 'Print the completion script of a shell',
    load: async () => (await import('./commands/completion/index.js')).completionNoun,
  },
}

/**
 * The noun of this name, or the running plugin of this name with the verbs of its interfaces. Throws `input`, with the
 * nearest known word, when it is neither.
 */
export async function nounNamed(name: string): Promise<Noun> {
  const noun = Object.hasOwn(nouns, name) ? await nouns[name]?.load() : undefined
  if (noun) return noun
  const { listPlugins, pluginsDir } = await import('@infrakit/discovery')
  const running = (await listPlugins(pluginsDir(process.env))).map((plugin) => plugin.name)
  if (running.includes(name.split('/', 1)[0] ?? '')) return (await import('./plugin-noun.js')).nounOfPlugin(name)
  const near = nearest(name, [...Object.keys(nouns), ...running])
  throw new InfrakitError('input', `unknown command '${name}': it is neither a noun nor a running plugin`, {
    hint: near ? `did you mean '${near}'?` : "see 'infrakit --help' and 'infrakit plugin ls'",
  })
}
