import { readFileSync } from 'node:fs'

const unitsPerMB = 1024

/**
 * Memory of a process in MB, of pages shared with others its part: proportional set size (Linux). Unlike the resident
 * set it does not charge every process for all of Node's program.
 */
export function pssOf(pid: number): number {
  const kB = /^Pss: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]
  return Number(kB) / unitsPerMB
}
