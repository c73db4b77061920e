import { CommanderError, type Command } from 'commander'
import type { CommandDefinition, Noun, Verb } from './command.js'
import { createContext } from './context.js'
import { nounNamed, nouns } from './nouns.js'
import { CommandLine, equip } from './parser.js'
import { readVersion } from './version.js'

const epilogue = `
The name of a plugin can stand in the place of a noun: infrakit instance-file describe

Examples:
  infrakit plugin start group instance-file flavor-vanilla
  infrakit group watch app-blue.json
  infrakit group describe app-blue`

interface GlobalOptions {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly name?: string
}

/** Reads a command line and does what it says. @returns the exit status */
export async function execute(line: readonly string[]): Promise<number> {
  const argv = withHelpAsFlag(line)
  const outcome = { status: 0 }
  const program = await createProgram(argv, (status) => (outcome.status = status))
  try {
    if (argv.length === 0) program.help()
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    // Help and version end the parsing in this way; with another status than 0 it was help that nobody asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    throw error
  }
  return outcome.status
}

/** `help group watch` and `group help watch` are `group watch --help`. */
function withHelpAsFlag(argv: readonly string[]): readonly string[] {
  const at = argv.indexOf('help')
  if (at < 0 || argv.slice(0, at).filter((word) => !word.startsWith('-')).length > 1) return argv
  return [...argv.slice(0, at), ...argv.slice(at + 1), '--help']
}

async function createProgram(argv: readonly string[], done: (status: number) => void): Promise<Command> {
  const program = new CommandLine('infrakit')
    .description('Keeps infrastructure the way its owner declared it, by plugins that talk over sockets.')
    .option('--json', 'machine-readable output; errors are JSON too')
    .option('-q, --quiet', 'tables without headings, no confirmations')
    .option('--debug', 'with an error, show where it came from')
    .version(argv.some((word) => word === '-V' || word === '--version') ? await readVersion() : '')
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError(false)
    .exitOverride()
    .addHelpText('after', epilogue)
  for (const [name, { summary }] of Object.entries(nouns)) program.command(name).description(summary)
  const name = argv.find((word) => !word.startsWith('-'))
  if (name === undefined) return program
  const noun = await nounNamed(name)
  const command = program.commands.find((one) => one.name() === name) ?? program.command(name, { hidden: true })
  if (noun.itself) await addItself(command, noun, noun.itself, argv, done)
  else addVerbs(command, noun, argv, done)
  return program
}

/** Gives the chosen noun its verbs by name; the module of a verb is loaded once the parser comes to it. */
function addVerbs(command: Command, noun: Noun, argv: readonly string[], done: (status: number) => void): void {
  command.description(noun.summary)
  if (noun.named) command.option('--name <plugin>', noun.named.description, noun.named.default)
  for (const [name, verb] of Object.entries(noun.verbs)) {
    command.command(`${name} ${verb.args ?? ''}`.trimEnd()).summary(verb.summary)
  }
  command.hook('preSubcommand', async (_, chosen) => {
    const definition = await noun.verbs[chosen.name()]?.load()
    if (!definition) return
    equip(chosen, definition, async (args, options) => {
      done(await perform(definition, args, options, noun.plugin, afterDashes(argv)))
    })
  })
}

/** A word that is a whole command. */
async function addItself(
  command: Command,
  noun: Noun,
  itself: Verb,
  argv: readonly string[],
  done: (status: number) => void,
): Promise<void> {
  if (noun.named) command.option('--name <plugin>', noun.named.description, noun.named.default)
  if (itself.args) command.arguments(itself.args)
  const definition = await itself.load()
  equip(command, definition, async (args, options) => {
    done(await perform(definition, args, options, undefined, afterDashes(argv)))
  })
}

async function perform(
  definition: CommandDefinition,
  args: readonly string[],
  options: GlobalOptions,
  plugin: string | undefined,
  passedOn: readonly string[],
): Promise<number> {
  const { json = false, quiet = false, name } = options
  const { context, close } = createContext({ json, quiet, plugin: plugin ?? name, passedOn })
  try {
    return (await definition.run(context, args, options)) ?? 0
  } finally {
    close()
  }
}

function afterDashes(argv: readonly string[]): readonly string[] {
  const at = argv.indexOf('--')
  return at < 0 ? [] : argv.slice(at + 1)
}
