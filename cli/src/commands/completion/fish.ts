import { defineCommand } from '../../command.js'

const script = `function __infrakit_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l candidates (infrakit __complete $words[2..-1] 2>/dev/null)
    if test -n "$candidates"
        printf '%s\\n' $candidates
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c infrakit -f -a '(__infrakit_complete)'`

export const fish = defineCommand({
  description: 'Prints a script by which fish completes commands, flags, names of running plugins and IDs of groups.',
  examples: [
    'infrakit completion fish | source',
    'infrakit completion fish > ~/.config/fish/completions/infrakit.fish',
  ],
  run: (context) => Promise.resolve(context.print(script)),
})
