import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { InfrakitError } from '@infrakit/spi'
import type { PluginDefinition } from './definition.js'

/** The flags that every plugin has. */
export interface Flags {
  readonly name: string
  readonly pluginsDir?: string
  readonly stateDir?: string
  readonly log: number
  readonly logFormat?: 'json' | 'pretty'
  /** MiB. */
  readonly maxBody: number
  readonly listen?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly tlsCa?: string
  readonly tokenFile?: string
  readonly insecure?: boolean
  readonly debug?: boolean
}

/** `--help` or `--version` was asked for, and has been printed. */
export class NothingToRun extends Error {
  override readonly name = 'NothingToRun'
}

/**
 * Reads a plugin's command line into the common flags and its own.
 *
 * @throws input for what cannot be understood; NothingToRun after `--help` and `--version`
 */
export function parseFlags<O extends object>(
  definition: PluginDefinition<O>,
  argv: readonly string[],
  about: { executable: string; version: string },
): { flags: Flags; options: O } {
  const command = commonCommand(definition, about)
  const common = new Set(command.options.map((option) => option.attributeName()))
  definition.options?.(command)
  parse(command, argv)
  const all = Object.entries(command.opts())
  const own = Object.fromEntries(all.filter(([key]) => !common.has(key)))
  return { flags: command.opts() as unknown as Flags, options: own as O }
}

function commonCommand<O>(
  definition: PluginDefinition<O>,
  { executable, version }: { executable: string; version: string },
): Command {
  return new Command(executable)
    .description(definition.description)
    .option('--name <name>', "the plugin's name: what its socket is called", definition.name)
    .option('--plugins-dir <folder>', 'where sockets are (default: $INFRAKIT_PLUGINS_DIR or ~/.infrakit/plugins)')
    .option('--state-dir <folder>', 'where its state is kept (default: ~/.infrakit/state/NAME)')
    .option('--log <0..5>', 'how much is logged: 1 fatal, 2 error, 3 warn, 4 info, 5 debug', logLevel, 4)
    .addOption(
      new Option('--log-format <format>', 'default: pretty on a terminal, json elsewhere').choices(['json', 'pretty']),
    )
    .option('--max-body <MiB>', 'the longest request that is taken', mebibytes, 8)
    .option('--listen <tcp://host:port>', 'serve TCP instead of a socket; needs --tls-* or --token-file')
    .option('--tls-cert <file>', "the server's certificate (PEM)")
    .option('--tls-key <file>', 'its key')
    .option('--tls-ca <file>', "the authority that signed the clients' certificates")
    .option('--token-file <file>', 'holds the bearer token that clients must send')
    .option('--insecure', 'serve TCP to anybody on this machine; loopback addresses only')
    .option('--debug', 'show where errors come from')
    .version(`${executable} ${version}`, '--version', 'print the version')
    .helpOption('--help', 'print this')
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
}

function logLevel(text: string): number {
  if (/^[0-5]$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a number from 0 to 5.')
}

function mebibytes(text: string): number {
  if (/^\d{1,4}(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text)
  throw new InvalidArgumentError('expected a number of MiB.')
}

function parse(command: Command, argv: readonly string[]): void {
  try {
    command.parse([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) throw new NothingToRun()
    const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ')
    throw new InfrakitError('input', message, { hint: `See ${command.name()} --help.` })
  }
}
