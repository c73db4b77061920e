import type { Plugins } from '@infrakit/discovery'

/** What a verb gets beside its own operands and options. */
export interface Context {
  /** `--json`: standard output holds JSON and nothing else. */
  readonly json: boolean
  /** `--quiet`: tables without headings, no confirmations, no notes. */
  readonly quiet: boolean
  /** The plugin chosen by `--name`, or by the form `infrakit <plugin> <verb>`. */
  readonly plugin: string | undefined
  /** What stands after `--`; these operands are also the last ones of `args`. */
  readonly passedOn: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** The plugin folder. Its clients are closed when the command ends. */
  plugins(): Promise<Plugins>
  /** A line on standard output. */
  print(line: string): void
  /** A line on standard error for a person; nothing with `--json` or `--quiet`. */
  note(line: string): void
  /** A value on standard output; numbers keep every digit they came with. */
  printJson(value: unknown): Promise<void>
}

export interface ContextSettings {
  readonly json: boolean
  readonly quiet: boolean
  readonly plugin?: string | undefined
  readonly passedOn?: readonly string[]
}

/** The context of this process: its streams and its environment. `close` ends the connections it made. */
export function createContext(settings: ContextSettings): { context: Context; close(): void } {
  let opened: Plugins | undefined
  async function plugins(): Promise<Plugins> {
    if (opened) return opened
    const { createPlugins, pluginsDir } = await import('@infrakit/discovery')
    return (opened ??= createPlugins(pluginsDir(process.env)))
  }
  const context: Context = {
    json: settings.json,
    quiet: settings.quiet,
    plugin: settings.plugin,
    passedOn: settings.passedOn ?? [],
    env: process.env,
    plugins,
    print: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void (settings.json || settings.quiet || process.stderr.write(`${line}\n`)),
    async printJson(value) {
      const { stringifyJson } = await import('@infrakit/rpc/client')
      process.stdout.write(`${stringifyJson(value, 2)}\n`)
    },
  }
  return { context, close: () => opened?.close() }
}
