import { readFileSync } from 'node:fs'

const unitsPerMB = 1024

/**
 * Memory of a process in MB, of pages shared with others its part: proportional set size (Linux). Unlike the resident
 * set it does not charge every process for all of Node's program.
 */
export function pssOf(pid: number): number {
  return rollup(pid, 'Pss')
}

/**
 * The part of it (MB) that belongs to no file. Pages of files, such as Node's program, come and go as the system likes, and
 * weigh more the fewer processes share them: over an hour they say nothing of the process.
 */
export function ownMemoryOf(pid: number): number {
  return rollup(pid, 'Pss_Anon')
}

function rollup(pid: number, field: string): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const kB = new RegExp(`^${field}: +(\\d+) kB$`, 'm').exec(text)?.[1]
  return Number(kB) / unitsPerMB
}
