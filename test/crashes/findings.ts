import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GroupState } from '@infrakit/group'
import type { World } from '../faults/world.js'
import type { Chronicle } from '../faults/chronicle.js'
import type { Phase } from './life.js'
import { filesOf, type Medium } from './medium.js'

type Expected = Pick<Phase, 'group' | 'size' | 'made'>

/** How long what is being written may take; what a crash left lies there for longer. */
const writingMs = 5_000

/** What a group's state may be called, and the plugin's own notes of its instances. */
const ours = /^(\.history|.*\.json)$/

/** What was made, and what was seen, before something happened. */
export interface Before {
  readonly ids: ReadonlySet<string>
}

export function remember({ ids }: Chronicle): Before {
  return { ids: new Set(ids) }
}

/**
 * What is wrong in a world where a group has got to where it was wanted, in words: too many or too few instances, some
 * that belong to nobody, some made for nothing or twice under one key, something half made. Empty when all is well.
 */
export async function findings(
  world: World,
  chronicle: Chronicle,
  before: Before,
  { group, size, made }: Expected,
  medium: Medium = filesOf(world),
): Promise<string[]> {
  await chronicle.look()
  const all = await medium.instances()
  const members = all.filter((one) => one.group === group)
  const fresh = [...chronicle.ids].filter((id) => !before.ids.has(id))
  const wrong: string[] = []
  if (members.length !== size) wrong.push(`surplus or lack: ${members.length} members, not ${size}`)
  if (all.length > members.length) wrong.push(`orphans: ${all.length - members.length} belong to nobody`)
  if (new Set(members.map(({ hash }) => hash)).size > 1) wrong.push('outdated: the members are not all alike')
  if (fresh.length > made) wrong.push(`made for nothing: ${fresh.length} were made where ${made} were needed`)
  for (const [key, ids] of chronicle.byKey) if (ids.size > 1) wrong.push(`twice under one key: ${ids.size} of ${key}`)
  return [...wrong, ...(await leftovers(world, medium, group, size))]
}

/** What lies about that should not, and still does after a while. */
async function leftovers(world: World, medium: Medium, group: string, size: number): Promise<string[]> {
  const end = performance.now() + writingMs
  for (;;) {
    const found = [...(await halfMade(world, medium)), ...(await keysLeft(world, group, size))]
    if (found.length === 0 || performance.now() > end) return found
    await sleep(20)
  }
}

async function halfMade({ home }: World, medium: Medium): Promise<string[]> {
  const names = [...(await medium.halfMade()), ...(await namesIn(stateFolder(home)))]
  return names.filter((name) => !ours.test(name)).map((name) => `half made: ${name}`)
}

/** Once all are there, no key is waited for any more; once they are gone, so is the state. */
async function keysLeft({ home }: World, group: string, size: number): Promise<string[]> {
  const file = join(stateFolder(home), `${group}.json`)
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (size === 0) return text === undefined ? [] : [`half destroyed: ${file} is still there`]
  if (text === undefined) return [`forgotten: there is no ${file}`]
  const { Pending } = JSON.parse(text) as GroupState
  return Pending.length === 0 ? [] : [`half made: ${Pending.length} provisions are still awaited`]
}

function stateFolder(home: string): string {
  return join(home, 'state', 'group', 'groups')
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}
