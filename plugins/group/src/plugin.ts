import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkState, metadataOf, type GroupState } from '@infrakit/group'
import type { PluginContext, Running } from '@infrakit/host'
import { offer, parseJson, stringifyJson } from '@infrakit/rpc'
import { groupInterface, metadataInterface, revisionsInterface } from '@infrakit/spi'
import { openStore } from '@infrakit/store'
import { createPorts } from './ports.js'
import { WrittenOnce } from './written-once.js'

/**
 * How long the end waits for calls to other plugins (ms). What takes longer goes on there; the next process finds what
 * became of it.
 */
const graceMs = 10_000

/**
 * Takes up the groups where the last process left them, and serves them. Throws when another process has the state
 * folder. A group whose state cannot be read is left alone; the others go on.
 */
export async function startGroups(context: PluginContext<object>): Promise<Running> {
  // Specifications are opaque: numbers that JavaScript would round must come back from the disk as they were committed.
  const format = { parse: parseJson, stringify: stringifyJson }
  const folder = join(await context.useState(), 'groups')
  const store = await openStore<GroupState>(folder, { format, check: checkState })
  const groups = new WrittenOnce(createPorts(context, store))
  await groups.start()
  return {
    offers: [
      offer(groupInterface, groups),
      offer(revisionsInterface, groups),
      offer(
        metadataInterface,
        metadataOf(() => groups.snapshot()),
      ),
    ],
    stop: () => Promise.race([groups.stop(), sleep(graceMs, undefined, { ref: false })]),
  }
}
