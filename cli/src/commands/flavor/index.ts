import type { Noun } from '../../command.js'

export const flavorNoun: Noun = {
  name: 'flavor',
  summary: 'Call a flavor plugin directly',
  interface: 'Flavor',
  named: { description: 'the flavor plugin to talk to' },
  verbs: {
    validate: {
      args: '<properties>',
      summary: 'Check the properties of a flavor',
      load: async () => (await import('./validate.js')).validate,
    },
    prepare: {
      args: '<properties> <spec>',
      summary: 'Show what the flavor makes of the specification of an instance',
      load: async () => (await import('./prepare.js')).prepare,
    },
    healthy: {
      args: '<properties>',
      summary: 'Ask how the flavor judges an instance',
      load: async () => (await import('./healthy.js')).healthy,
    },
    drain: {
      args: '<properties>',
      summary: 'Take an instance out of use',
      load: async () => (await import('./drain.js')).drain,
    },
  },
}
