import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { waitUntil } from '@infrakit/testing'

/** Pids of the processes that were begun for a folder: they run in it, or were told of it. */
export function processesIn(folder: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  return pids.filter((pid) => concerns(pid, folder)).map(Number)
}

/** Kills them. */
export async function endProcessesIn(folder: string): Promise<void> {
  await waitUntil('processes to be gone', () => {
    const pids = processesIn(folder)
    for (const pid of pids) end(pid)
    return pids.length === 0
  })
}

/** Ends a process as a crash would. One that has gone meanwhile is gone. */
export function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has gone meanwhile.
  }
}

function concerns(pid: string, folder: string): boolean {
  try {
    const told = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${folder}/`)
    return told || `${readlinkSync(`/proc/${pid}/cwd`)}/`.startsWith(`${folder}/`)
  } catch {
    return false
  }
}
