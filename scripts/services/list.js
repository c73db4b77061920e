/**
 * What tests need beside Node, and where Debian has it.
 *
 * @type {readonly {name: string, command: string, debian: string, for: string}[]}
 */
export const services = [
  { name: 'python3', command: 'python3', debian: 'python3', for: 'the example plugin in Python' },
  { name: 'socat', command: 'socat', debian: 'socat', for: 'the example plugin in bash' },
  { name: 'jq', command: 'jq', debian: 'jq', for: 'the example plugin in bash' },
  { name: 'zsh', command: 'zsh', debian: 'zsh', for: 'its completion script' },
  { name: 'fish', command: 'fish', debian: 'fish', for: 'its completion script' },
  { name: 'curl', command: 'curl', debian: 'curl', for: 'the session of the plugin authors guide' },
]
