import type { Noun, Verb } from '../command.js'
import { nouns } from '../nouns.js'
import { liveValues } from './live-values.js'
import type { RegistryValues } from './registry-values.js'

/** Operands that are something in a registry. */
const registryValues: Readonly<Record<string, RegistryValues>> = {
  '<key>': 'key',
  '<key...>': 'key',
  '[prefix]': 'key',
  '[service]': 'service',
  '<service-id...>': 'service ID',
}

const globalFlags = ['--json', '--quiet', '--debug', '--help', '--version']

/**
 * What the last word, as far as it is typed, can become. Never throws: without an answer the shell offers files.
 *
 * @param words the command line without the program; the last one is what is being typed, maybe empty
 */
export async function complete(words: readonly string[]): Promise<string[]> {
  const typed = words.at(-1) ?? ''
  try {
    const candidates = await candidatesFor(words.slice(0, -1), typed)
    return [...new Set(candidates)].filter((one) => one.startsWith(typed)).sort()
  } catch {
    return []
  }
}

async function candidatesFor(before: readonly string[], typed: string): Promise<string[]> {
  if (before.includes('--')) return []
  const [first, second, ...rest] = operands(before)
  if (first === undefined)
    return typed.startsWith('-') ? globalFlags : [...Object.keys(nouns), ...(await liveValues('plugin'))]
  const noun = await findNoun(first)
  if (before.at(-1) === '--name') return liveValues('plugin')
  // What it takes is a file, which the shell knows better.
  if (noun.itself) return typed.startsWith('-') ? [...(await flagsOf(noun.itself)), ...globalFlags, '--name'] : []
  if (second === undefined) {
    return typed.startsWith('-') ? [...globalFlags, ...(noun.named ? ['--name'] : [])] : Object.keys(noun.verbs)
  }
  const verb = Object.hasOwn(noun.verbs, second) ? noun.verbs[second] : undefined
  if (!verb) return []
  if (typed.startsWith('-')) return [...(await flagsOf(verb)), ...globalFlags, ...(noun.named ? ['--name'] : [])]
  return operandValues(noun, second, verb, { position: rest.length, name: nameGiven(before), typed })
}

async function findNoun(name: string): Promise<Noun> {
  if (Object.hasOwn(nouns, name)) return (await nouns[name]?.load()) as Noun
  return (await import('../plugin-noun.js')).nounOfPlugin(name)
}

/** The words that are neither flags nor the value of `--name`. */
function operands(words: readonly string[]): string[] {
  return words.filter((word, index) => !word.startsWith('-') && words[index - 1] !== '--name')
}

function nameGiven(words: readonly string[]): string | undefined {
  const at = words.indexOf('--name')
  return at < 0 ? undefined : words[at + 1]
}

async function flagsOf(verb: Verb): Promise<string[]> {
  const { options = [] } = await verb.load()
  return options.flatMap(({ flags }) => /--[a-z-]+/.exec(flags)?.[0] ?? [])
}

/** Live values for the operand at this position, by its name in the verb's usage. */
async function operandValues(
  noun: Noun,
  verbName: string,
  verb: Verb,
  { position, name, typed }: { position: number; name: string | undefined; typed: string },
): Promise<string[]> {
  const names = (verb.args ?? '').split(' ')
  const operand = names[position] ?? (names.at(-1)?.includes('...') ? names.at(-1) : undefined)
  if (operand?.includes('plugin')) return liveValues(verbName === 'start' ? 'executable' : 'plugin')
  if (operand === '<kind>') return [...(await import('../scaffold/names.js')).scaffoldKinds]
  if (operand === '<service>') return liveValues('service', noun.plugin ?? name)
  if (operand === '<route>') return liveValues('route', noun.plugin ?? name)
  const inRegistry = operand === undefined ? undefined : registryValues[operand]
  if (inRegistry) return (await import('./registry-values.js')).registryValues(inRegistry, typed, noun.plugin ?? name)
  const groups = noun.interface === 'Group' || noun.plugin !== undefined
  return operand?.includes('id') && groups ? liveValues('group', noun.plugin ?? name) : []
}
