import type { Noun } from '../../command.js'

export const groupNoun: Noun = {
  name: 'group',
  summary: 'Declare groups of instances and see how they are',
  interface: 'Group',
  named: { description: 'the group plugin to talk to', default: 'group' },
  verbs: {
    watch: {
      args: '<file>',
      summary: 'Look after the groups of a file from now on',
      load: async () => (await import('./watch.js')).watch,
    },
    commit: {
      args: '<file>',
      summary: 'Hand over specifications, or only explain what that would do',
      load: async () => (await import('./commit.js')).commit,
    },
    update: {
      args: '<file>',
      summary: 'Commit and wait until it is done',
      load: async () => (await import('./update.js')).update,
    },
    describe: {
      args: '<file|id>',
      summary: 'What a file would change, or how a group is',
      load: async () => (await import('./describe.js')).describe,
    },
    inspect: {
      args: '<id>',
      summary: 'List the instances of a group',
      load: async () => (await import('./inspect.js')).inspect,
    },
    spec: {
      args: '<id>',
      summary: 'Print the specification of a group',
      load: async () => (await import('./spec.js')).spec,
    },
    ls: { summary: 'List the groups', load: async () => (await import('./ls.js')).ls },
    scale: {
      args: '<id> <size>',
      summary: 'Change how many instances a group has',
      load: async () => (await import('./scale.js')).scale,
    },
    stop: {
      args: '<id...>',
      summary: 'Park groups: stop their instances and keep them',
      load: async () => (await import('./stop.js')).stop,
    },
    start: {
      args: '<id...>',
      summary: 'Start the instances of parked groups',
      load: async () => (await import('./start.js')).start,
    },
    history: {
      args: '<id>',
      summary: 'List what was committed',
      load: async () => (await import('./history.js')).history,
    },
    rollback: {
      args: '<id>',
      summary: 'Go back to an older revision',
      load: async () => (await import('./rollback.js')).rollback,
    },
    free: {
      args: '<id...>',
      summary: 'Stop looking after groups and leave their instances alone',
      load: async () => (await import('./free.js')).free,
    },
    unwatch: {
      args: '<id...>',
      summary: 'The same as free',
      load: async () => (await import('./unwatch.js')).unwatch,
    },
    destroy: {
      args: '<id...>',
      summary: 'Destroy groups and all their instances',
      load: async () => (await import('./destroy.js')).destroy,
    },
  },
}
