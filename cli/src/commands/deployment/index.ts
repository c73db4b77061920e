import type { Noun } from '../../command.js'

export const deploymentNoun: Noun = {
  name: 'deployment',
  summary: 'See and steer the deployments of services',
  interface: 'Deployment',
  named: { description: 'the deployment plugin to talk to; needed when several run' },
  verbs: {
    ls: { summary: 'List the services and their releases', load: async () => (await import('./ls.js')).ls },
    describe: {
      args: '<service>',
      summary: 'Show the releases, the traffic and the deployment of a service',
      load: async () => (await import('./describe.js')).describe,
    },
    history: {
      args: '<service>',
      summary: 'List the last deployments of a service',
      load: async () => (await import('./history.js')).history,
    },
    logs: {
      args: '<service> [deployment]',
      summary: 'Print what a deployment did and what its tests wrote',
      load: async () => (await import('./logs.js')).logs,
    },
    watch: {
      args: '<service>',
      summary: 'Follow the deployment that goes on',
      load: async () => (await import('./watch.js')).watch,
    },
    promote: {
      args: '<service>',
      summary: 'End the time for which a release is watched',
      load: async () => (await import('./steer.js')).promote,
    },
    pause: {
      args: '<service>',
      summary: 'Begin no further step',
      load: async () => (await import('./steer.js')).pause,
    },
    resume: {
      args: '<service>',
      summary: 'Go on after a pause',
      load: async () => (await import('./steer.js')).resume,
    },
    abort: {
      args: '<service>',
      summary: 'Take the deployment back that goes on',
      load: async () => (await import('./abort.js')).abort,
    },
    rollback: {
      args: '<service> [release]',
      summary: 'Make an old release active again',
      load: async () => (await import('./rollback.js')).rollback,
    },
    scale: {
      args: '<service> <number>',
      summary: 'Change how many instances the active release has: 5, +2 or -1',
      load: async () => (await import('./scale.js')).scale,
    },
    'stop-old': {
      args: '<service>',
      summary: 'Stop the old releases that were kept running',
      load: async () => (await import('./stop-old.js')).stopOld,
    },
    remove: {
      args: '<service>',
      summary: 'End a service: its routes, its instances and its releases',
      load: async () => (await import('./remove.js')).remove,
    },
    unlock: {
      args: '<service>',
      summary: 'Take over a deployment whose owner is gone',
      load: async () => (await import('./unlock.js')).unlock,
    },
  },
}
