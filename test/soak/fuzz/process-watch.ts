import { readdirSync, readFileSync } from 'node:fs'

/** What a process holds, as the kernel counts it. */
export interface Holdings {
  readonly descriptors: number
  readonly residentMB: number
}

export function holdingsOf(pid: number): Holdings {
  const descriptors = readdirSync(`/proc/${pid}/fd`).length
  const kilobytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  return { descriptors, residentMB: Math.round(kilobytes / 1024) }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

/** By how much the second half of a run stood above the first, after the time in which everything is new. */
export function growth(samples: readonly number[]): number {
  const settled = samples.slice(Math.floor(samples.length / 5))
  const half = Math.floor(settled.length / 2)
  if (half === 0) return 0
  return median(settled.slice(half)) - median(settled.slice(0, half))
}

/** Lines of a plugin's log that nobody may cause from outside: errors, and what is no log line at all. */
export function complaintsIn(log: string): string[] {
  return log.split('\n').filter((line) => {
    if (line === '') return false
    try {
      const { level } = JSON.parse(line) as { level?: unknown }
      return level === 'error' || level === 'fatal'
    } catch {
      return true
    }
  })
}
