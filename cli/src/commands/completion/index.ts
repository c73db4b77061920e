import type { Noun } from '../../command.js'

const summary = (shell: string) => `Print the completion script of ${shell}`

export const completionNoun: Noun = {
  name: 'completion',
  summary: 'Print the completion script of a shell',
  verbs: {
    bash: { summary: summary('bash'), load: async () => (await import('./bash.js')).bash },
    zsh: { summary: summary('zsh'), load: async () => (await import('./zsh.js')).zsh },
    fish: { summary: summary('fish'), load: async () => (await import('./fish.js')).fish },
  },
}
