import { InfrakitError } from '@infrakit/spi'
import { parseStates, type SeenStates } from './answers.js'
import { ask, askAll } from './ask.js'
import { commandsBetween } from './differences.js'
import type { Placed } from './files.js'
import { backendOf } from './layout.js'

/** From so many routes on all are looked at in one question. */
const many = 20

/** Has HAProxy have these routes' servers in their places, and sees that it has. Throws `plugin-failed`, and as `ask`. */
export async function settleServers(
  runtime: string,
  placed: ReadonlyMap<string, Placed>,
  names: readonly string[],
): Promise<void> {
  const there = names.filter((name) => placed.has(name))
  const commandsFor = (seen: SeenStates) =>
    there.flatMap((name) => {
      const has = seen.get(backendOf(name))
      if (!has) throw new InfrakitError('plugin-failed', `HAProxy does not have the route '${name}'`)
      return commandsBetween(backendOf(name), placed.get(name)?.slots ?? [], has)
    })
  const commands = commandsFor(await statesOf(runtime, there))
  if (commands.length === 0) return
  const said = await askAll(runtime, commands)
  const left = commandsFor(await statesOf(runtime, there))
  if (left.length === 0) return
  const words = said
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  throw new InfrakitError('plugin-failed', `HAProxy did not do '${left[0]}': ${words.join('; ')}`)
}

async function statesOf(runtime: string, names: readonly string[]): Promise<SeenStates> {
  if (names.length === 0) return new Map()
  if (names.length > many) return parseStates(await ask(runtime, 'show servers state'))
  return parseStates(await ask(runtime, names.map((name) => `show servers state ${backendOf(name)}`).join(';')))
}
