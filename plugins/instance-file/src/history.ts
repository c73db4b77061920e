import { appendFileSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cannotRead } from './file-errors.js'

/** What happened to each instance, in `.history` beside the instances: one file, as a file for each would double the work. */
export interface History {
  /** Reads what was noted earlier, of these instances alone. Throws `unavailable`. */
  load(ids: { has(id: string): boolean }): void
  /** Notes what happened just now. Throws the system's error; it is remembered all the same. */
  add(id: string, what: string): void
  /** The last lines, oldest first; none for an instance that others made. Throws `unavailable` when nothing was loaded. */
  tail(id: string, lines: number): string[]
  /** An instance that is gone takes its history along. */
  forget(id: string): void
}

/** Lines kept of each instance. */
export const historyLength = 100
/** Lines of gone instances that may stand in the file before it is written anew. */
const tolerated = 1000

export function createHistory(dir: string): History {
  const path = join(dir, '.history')
  const kept = new Map<string, string[]>()
  let loaded = false
  let inFile = 0
  let live = 0

  function remember(id: string, line: string): void {
    const lines = kept.get(id) ?? []
    kept.set(id, lines)
    lines.push(line)
    if (lines.length > historyLength) lines.shift()
    else live++
  }

  function load(ids: { has(id: string): boolean }): void {
    const text = readText(path)
    for (const [, time, id, what] of text.matchAll(/^(\S+) (\S+) (.*)\n/gm)) {
      inFile++
      if (id && ids.has(id)) remember(id, `${time} ${what}`)
    }
    loaded = true
    // Half a line at the end is what a killed process left.
    if (inFile > live || (text !== '' && !text.endsWith('\n'))) rewrite()
  }

  function rewrite(): void {
    const all = [...kept].flatMap(([id, lines]) => lines.map((line) => line.replace(' ', ` ${id} `)))
    const temporary = `${path}.new`
    writeFileSync(temporary, all.map((line) => `${line}\n`).join(''), { mode: 0o600 })
    renameSync(temporary, path)
    inFile = live
  }

  function add(id: string, what: string): void {
    const time = new Date().toISOString()
    const words = what.replaceAll(/\s+/g, ' ')
    remember(id, `${time} ${words}`)
    appendFileSync(path, `${time} ${id} ${words}\n`, { mode: 0o600 })
    inFile++
    if (inFile > live + tolerated) rewrite()
  }

  function tail(id: string, lines: number): string[] {
    if (!loaded) load({ has: () => true })
    const all = kept.get(id) ?? []
    return all.slice(Math.max(0, all.length - lines))
  }

  function forget(id: string): void {
    live -= kept.get(id)?.length ?? 0
    kept.delete(id)
  }

  return { load, add, tail, forget }
}

function readText(path: string): string {
  try {
    return statSync(path, { throwIfNoEntry: false }) ? readFileSync(path, 'utf8') : ''
  } catch (error) {
    throw cannotRead(path, error)
  }
}
