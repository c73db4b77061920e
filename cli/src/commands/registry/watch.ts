import { registryInterface, type RegistryEntry } from '@infrakit/spi'
import { defineCommand } from '../../command.js'
import { nameOfOnly } from '../../connect-only.js'
import type { Context } from '../../context.js'
import { shortened } from '../../output/registry.js'
import { printable } from '../../output/table.js'
import { changesBetween, topicOf, type KeyChange } from '../../registry/changes.js'

export const watch = defineCommand({
  description: `Prints the keys that begin with a prefix, and then each change of them, until it is interrupted. Also when the registry was
away meanwhile, no last state of a key is missed; of several changes in a moment only the last may be seen. With --json each line is
an object.`,
  examples: ['infrakit registry watch shop/', 'infrakit registry watch --json'],
  async run(context, [prefix = '']) {
    const name = await nameOfOnly(context, registryInterface, 'registry-embedded')
    const plugins = await context.plugins()
    const registry = await plugins.get(registryInterface, name)
    const ending = new AbortController()
    let known: readonly RegistryEntry[] = []
    let wanted = false
    let looking = false

    async function look(): Promise<void> {
      wanted = true
      if (looking) return
      looking = true
      while (wanted) {
        wanted = false
        const { Entries } = await registry.list({ Prefix: prefix })
        for (const change of changesBetween(known, Entries)) tell(context, change)
        known = Entries
      }
      looking = false
    }

    // What it lists before the first event also says at once when the prefix is wrong, or the registry away.
    await look()
    let isAway = false
    const lost = () => {
      isAway = true
      context.note(`${name} is away: waiting for it`)
    }
    const again = () =>
      void look().catch(() => {
        // The stream is gone as well, and is connected again: then it is looked again.
        looking = false
      })
    const connected = () => {
      if (isAway) context.note(`${name} is back`)
      isAway = false
      again()
    }
    const { signal } = ending
    ;(await plugins.client(name)).subscribe(topicOf(prefix), { connected, event: again, lost, signal })
    await interrupted()
    ending.abort()
  },
})

function tell({ json, print }: Context, change: KeyChange): void {
  if (json) return print(JSON.stringify(change))
  if (change.What === 'deleted') return print(`deleted ${change.Key}`)
  const { Key, Version, Value } = change.Entry
  print(`put ${Key} (version ${Version}): ${printable(shortened(Value))}`)
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}
