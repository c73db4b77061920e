import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'

/**
 * What changes with every boot of the machine (Linux). Elsewhere it changes with every process: what was left of a
 * deadline is then not carried over, and the deadline begins anew.
 */
export function bootId(path = '/proc/sys/kernel/random/boot_id'): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return randomUUID()
  }
}
