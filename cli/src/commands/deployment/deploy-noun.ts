import type { Noun } from '../../command.js'

export const deployNoun: Noun = {
  name: 'deploy',
  summary: 'Bring a release of a service into the world, all or nothing',
  named: { description: 'the deployment plugin to talk to; needed when several run' },
  verbs: {},
  itself: {
    args: '[file]',
    summary: 'Bring a release of a service into the world, all or nothing',
    load: async () => (await import('./deploy.js')).deploy,
  },
}
