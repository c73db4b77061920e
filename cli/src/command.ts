import type { Context } from './context.js'

/** One flag of a verb. */
export interface OptionDefinition {
  /** As the parser reads them: `-n, --lines <count>`. */
  readonly flags: string
  readonly description: string
  /** Whether it may be given several times; its value is a list then. */
  readonly repeat?: boolean
}

/** What a verb's module holds; loaded only when the verb runs or is asked for help. */
export interface CommandDefinition<O extends object = object> {
  readonly description: string
  readonly options?: readonly OptionDefinition[]
  /** At least one whole command line. */
  readonly examples: readonly string[]
  /** @param args operands in order; @returns the exit status, 0 when it returns nothing */
  run(context: Context, args: readonly string[], options: O): Promise<number | void>
}

/** What is known of a verb before its module is loaded. */
export interface Verb {
  /** Operands as the parser reads them: `<file>`, `<id> <size>`, `[plugin...]`. */
  readonly args?: string
  readonly summary: string
  readonly load: () => Promise<CommandDefinition>
}

export interface Noun {
  readonly name: string
  readonly summary: string
  /** Interface whose plugins have these verbs: `infrakit <plugin> <verb>`. */
  readonly interface?: string
  /** What `--name` chooses, and what it is when not given; without it the noun has no `--name`. */
  readonly named?: { readonly description: string; readonly default?: string }
  /** The plugin that all verbs talk to, when the noun is the plugin itself. */
  readonly plugin?: string
  readonly verbs: Readonly<Record<string, Verb>>
  /** What the word does by itself: `infrakit deploy FILE`. It has no verbs then. */
  readonly itself?: Verb
}

/** Declares a verb whose options are `O`. */
export function defineCommand<O extends object>(definition: CommandDefinition<O>): CommandDefinition<O> {
  return definition
}
