import type { Noun } from '../../command.js'

export const proxyNoun: Noun = {
  name: 'proxy',
  summary: 'Say which requests go to which servers, and see that they do',
  interface: 'Proxy',
  named: { description: 'the proxy plugin to talk to; needed when several run' },
  verbs: {
    apply: {
      args: '<file>',
      summary: 'Make the routes of a file live',
      load: async () => (await import('./apply.js')).apply,
    },
    validate: {
      args: '<file>',
      summary: 'Check the routes of a file, and change nothing',
      load: async () => (await import('./validate.js')).validate,
    },
    ls: { summary: 'List the routes and their live servers', load: async () => (await import('./ls.js')).ls },
    describe: {
      args: '<route>',
      summary: 'Show a route and what is live of it',
      load: async () => (await import('./describe.js')).describe,
    },
    drain: {
      args: '<route> <server>',
      summary: 'Take a server out, and wait until nothing is in flight',
      load: async () => (await import('./drain.js')).drain,
    },
    remove: {
      args: '<route>',
      summary: 'Take no more requests for a route',
      load: async () => (await import('./remove.js')).remove,
    },
  },
}
