import { openProcessTable } from '@infrakit/programs'
import { waitUntil } from '@infrakit/testing'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { listFolders } from '../src/nginx-folder.js'
import { findMasters, liveWorkers } from '../src/processes.js'

const table = openProcessTable()

/** Masters below the folder of a plugin. */
export function mastersOf(dir: string): number[] {
  return [...findMasters(table, join(dir, 'nginx')).values()].map(({ Pid }) => Pid)
}

export function workersOf(master: number): number[] {
  return liveWorkers(table, table.children(master)).map(({ Pid }) => Pid)
}

export function lives(pid: number): boolean {
  return table.see(pid) !== undefined
}

/**
 * `kill -9` of masters and all their workers, of those being made as well: a master that is stopped makes none, and one that is
 * just made is not called a worker yet. Answers who they were.
 */
export function killWhole(masters: readonly number[]): number[] {
  const living = masters.filter(lives)
  for (const pid of living) process.kill(pid, 'SIGSTOP')
  const all = [...living, ...living.flatMap((pid) => table.children(pid))]
  for (const pid of all) if (lives(pid)) process.kill(pid, 'SIGKILL')
  return all
}

/** Ends whatever a plugin has left running, with its workers. */
export async function endNginxes(dir: string): Promise<void> {
  const root = join(dir, 'nginx')
  if (!existsSync(root) || (await listFolders(root)).length === 0) return
  const all = killWhole(mastersOf(dir))
  await waitUntil('nginx to be gone', () => !all.some(lives))
}
