import type { Noun } from '../../command.js'

export const instanceNoun: Noun = {
  name: 'instance',
  summary: 'Call an instance plugin directly',
  interface: 'Instance',
  named: { description: 'the instance plugin to talk to' },
  verbs: {
    describe: { summary: 'List what is there', load: async () => (await import('./describe.js')).describe },
    provision: {
      args: '<file>',
      summary: 'Make an instance',
      load: async () => (await import('./provision.js')).provision,
    },
    destroy: {
      args: '<id...>',
      summary: 'Destroy instances',
      load: async () => (await import('./destroy.js')).destroy,
    },
    label: {
      args: '<id> <tag...>',
      summary: 'Add or replace tags of an instance',
      load: async () => (await import('./label.js')).label,
    },
    validate: {
      args: '<file>',
      summary: 'Check the properties of an instance',
      load: async () => (await import('./validate.js')).validate,
    },
    logs: {
      args: '<id>',
      summary: 'Show the last lines of an instance',
      load: async () => (await import('./logs.js')).logs,
    },
  },
}
