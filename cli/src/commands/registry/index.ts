import type { Noun } from '../../command.js'

export const registryNoun: Noun = {
  name: 'registry',
  summary: 'Keep keys, leases and services that several processes share',
  interface: 'Registry',
  named: { description: 'the registry to talk to (default: the one that runs)' },
  verbs: {
    get: { args: '<key>', summary: 'Print the value of a key', load: async () => (await import('./get.js')).get },
    put: {
      args: '<key> <value>',
      summary: 'Set the value of a key',
      load: async () => (await import('./put.js')).put,
    },
    delete: {
      args: '<key...>',
      summary: 'Delete keys',
      load: async () => (await import('./delete.js')).remove,
    },
    ls: { args: '[prefix]', summary: 'List keys', load: async () => (await import('./ls.js')).ls },
    watch: {
      args: '[prefix]',
      summary: 'Print keys, and go on with their changes',
      load: async () => (await import('./watch.js')).watch,
    },
    services: {
      args: '[service]',
      summary: 'List services and how they are',
      load: async () => (await import('./services.js')).services,
    },
    register: {
      args: '[file]',
      summary: 'Enter services',
      load: async () => (await import('./register.js')).register,
    },
    deregister: {
      args: '<service-id...>',
      summary: 'Remove services',
      load: async () => (await import('./deregister.js')).deregister,
    },
    acquire: {
      args: '<lease>',
      summary: 'Take a lease, and print its epoch',
      load: async () => (await import('./acquire.js')).acquire,
    },
    renew: {
      args: '<lease> <epoch>',
      summary: 'Begin the term of a lease anew',
      load: async () => (await import('./renew.js')).renew,
    },
    release: {
      args: '<lease> <epoch>',
      summary: 'Give a lease up',
      load: async () => (await import('./release.js')).release,
    },
    holder: {
      args: '<lease>',
      summary: 'Tell who has a lease',
      load: async () => (await import('./holder.js')).holder,
    },
  },
}
