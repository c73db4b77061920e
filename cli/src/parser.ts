import { Command, type ErrorOptions } from 'commander'
import { InfrakitError } from '@infrakit/spi/errors'
import { nearest } from '@infrakit/spi/nearest'
import type { CommandDefinition, OptionDefinition } from './command.js'

/** A command whose complaints are `input` errors of ours, with the nearest known word. */
export class CommandLine extends Command {
  override createCommand(name?: string): CommandLine {
    return new CommandLine(name)
  }

  override error(message: string, options: ErrorOptions = {}): never {
    const text = message.replace(/^error: /, '').replace(/\.$/, '')
    const near = this.#nearestTo(/'(-*[^' ]+)/.exec(text)?.[1] ?? '', options.code)
    const help = `see '${[...ancestors(this), this].map((one) => one.name()).join(' ')} --help'`
    throw new InfrakitError('input', text, { hint: near ? `did you mean '${near}'? ${help}` : help })
  }

  #nearestTo(word: string, code: string | undefined): string | undefined {
    if (code === 'commander.unknownCommand')
      return nearest(
        word,
        this.commands.map((one) => one.name()),
      )
    if (code !== 'commander.unknownOption') return undefined
    return nearest(
      word,
      [...ancestors(this), this].flatMap((one) => one.options.map((option) => option.long ?? '')),
    )
  }
}

function ancestors(command: Command): Command[] {
  return command.parent ? [...ancestors(command.parent), command.parent] : []
}

/** Gives a command that so far has only its name what its module says: options, help, and what to do. */
export function equip(
  command: Command,
  definition: CommandDefinition,
  act: (args: readonly string[], options: object) => Promise<void>,
): void {
  command.description(definition.description)
  for (const option of definition.options ?? []) addOption(command, option)
  const title = definition.examples.length > 1 ? 'Examples' : 'Example'
  command.addHelpText('after', `\n${title}:\n${definition.examples.map((line) => `  ${line}`).join('\n')}`)
  command.action(() => act(command.args, command.optsWithGlobals()))
}

function addOption(command: Command, { flags, description, repeat }: OptionDefinition): void {
  if (!repeat) return void command.option(flags, description)
  command.option(flags, description, (value: string, before: string[] | undefined) => [...(before ?? []), value])
}
