import { defineCommand } from '../../command.js'

const script = `function __infrakit_complete
    set -l words (commandline -opc) (commandline -ct)
    infrakit __complete $words[2..-1] 2>/dev/null
end
complete -c infrakit -a '(__infrakit_complete)'`

export const fish = defineCommand({
  description: 'Prints a script by which fish completes commands, flags, names of running plugins and IDs of groups.',
  examples: [
    'infrakit completion fish | source',
    'infrakit completion fish > ~/.config/fish/completions/infrakit.fish',
  ],
  run: (context) => Promise.resolve(context.print(script)),
})
