import { defineCommand } from '../../command.js'

const script = `#compdef infrakit
_infrakit() {
  local -a candidates
  candidates=("\${(@f)$(infrakit __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${candidates[1]}" ]]; then compadd -- "\${candidates[@]}"; else _files; fi
}
if [[ "\${funcstack[1]}" = _infrakit ]]; then _infrakit "$@"; else compdef _infrakit infrakit; fi`

export const zsh = defineCommand({
  description: 'Prints a script by which zsh completes commands, flags, names of running plugins and IDs of groups.',
  examples: ['source <(infrakit completion zsh)', 'infrakit completion zsh > "${fpath[1]}/_infrakit"'],
  run: (context) => Promise.resolve(context.print(script)),
})
