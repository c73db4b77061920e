import { readdirSync, readFileSync } from 'node:fs'

/** Command lines of the processes whose environment has the entry `mark`; zombies have none any more. */
export function leftRunning(mark: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => {
    try {
      const marked = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark)
      return marked ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')] : []
    } catch {
      // Gone meanwhile, or somebody else's.
      return []
    }
  })
}
