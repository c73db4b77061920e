import { readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '@infrakit/store'
import { writeChange, type Change } from './control.js'
import { idOf, type Thing } from './things.js'

/**
 * What is live, in files that nginx loads when it starts: so it serves from its first request on, whoever starts it. They are no
 * store: the plugin writes all of them anew before it starts nginx.
 */
export interface LuaFiles {
  writeAll(things: Iterable<Thing>): Promise<void>
  change(changes: readonly Change[]): Promise<void>
}

export function createLuaFiles(folder: string): LuaFiles {
  const names = new Set<string>()
  const write = async (name: string, text: string) => {
    const temporary = join(folder, `.${name}`)
    await writeFile(temporary, text, { mode: 0o600 })
    await rename(temporary, join(folder, name))
  }
  const writeIndex = () => write('index', [...names].map((name) => `${name}\n`).join(''))
  const writeThing = (change: Change) => write(fileOf(change), writeChange({ ...change, version: Date.now() * 1000 }))

  return {
    async writeAll(things) {
      await makeFolder(folder)
      names.clear()
      for (const thing of things) {
        await writeThing(thing)
        names.add(fileOf(thing))
      }
      await writeIndex()
      const kept = new Set([...names, 'index'])
      for (const name of await readdir(folder)) if (!kept.has(name)) await rm(join(folder, name), { force: true })
    },
    async change(changes) {
      const before = names.size
      const gone = changes.filter(({ text }) => text === undefined).map(fileOf)
      for (const change of changes) if (change.text !== undefined) await writeThing(change)
      const added = changes.filter((change) => change.text !== undefined && !names.has(fileOf(change)))
      for (const change of added) names.add(fileOf(change))
      for (const name of gone) names.delete(name)
      if (before !== names.size || added.length > 0) await writeIndex()
      for (const name of gone) await rm(join(folder, name), { force: true })
    },
  }
}

/** A name of its own for each, without what a file name cannot hold. */
function fileOf(change: Pick<Change, 'kind' | 'name'>): string {
  return idOf(change).replace(' ', '-')
}
