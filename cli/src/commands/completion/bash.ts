import { defineCommand } from '../../command.js'

const script = `_infrakit() {
  local IFS=$'\\n'
  COMPREPLY=($(infrakit __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _infrakit infrakit`

export const bash = defineCommand({
  description: 'Prints a script by which bash completes commands, flags, names of running plugins and IDs of groups.',
  examples: ['source <(infrakit completion bash)', 'infrakit completion bash > /etc/bash_completion.d/infrakit'],
  run: (context) => Promise.resolve(context.print(script)),
})
