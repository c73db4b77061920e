import type { Noun } from '../../command.js'

export const pluginNoun: Noun = {
  name: 'plugin',
  summary: 'See, start and stop plugins',
  verbs: {
    ls: { summary: 'List the plugins', load: async () => (await import('./ls.js')).ls },
    info: {
      args: '<plugin>',
      summary: 'Show what a plugin is and what it can do',
      load: async () => (await import('./info.js')).info,
    },
    start: {
      args: '<plugin...>',
      summary: 'Start plugins in the background',
      load: async () => (await import('./start.js')).start,
    },
    stop: {
      args: '[plugin...]',
      summary: 'End plugins',
      load: async () => (await import('./stop.js')).stop,
    },
    restart: {
      args: '<plugin...>',
      summary: 'End plugins and start them as they were',
      load: async () => (await import('./restart.js')).restart,
    },
    logs: {
      args: '<plugin>',
      summary: 'Show what a plugin wrote',
      load: async () => (await import('./logs.js')).logs,
    },
    verify: {
      args: '<plugin>',
      summary: 'Try whether a plugin keeps what its interfaces promise',
      load: async () => (await import('./verify.js')).verify,
    },
    new: {
      args: '<kind> <name>',
      summary: 'Make the package of a new plugin',
      load: async () => (await import('./new.js')).newPlugin,
    },
    units: {
      args: '[plugin...]',
      summary: 'Print systemd units that keep plugins running',
      load: async () => (await import('./units.js')).units,
    },
  },
}
