import type { Limits } from './properties.js'
import { parseSize } from './size.js'

/** The flags of prlimit(1). */
export function limitFlags({ OpenFiles, Memory, Processes, CpuSeconds, FileSize }: Limits): string[] {
  const values = {
    nofile: OpenFiles,
    as: Memory == null ? undefined : parseSize(Memory),
    nproc: Processes,
    cpu: CpuSeconds,
    fsize: FileSize == null ? undefined : parseSize(FileSize),
  }
  return Object.entries(values).flatMap(([name, value]) => (value == null ? [] : [`--${name}=${value}`]))
}

/** A command that runs within limits. @param prlimit path of the program */
export function limited(prlimit: string, limits: Limits, command: readonly string[]): string[] {
  const flags = limitFlags(limits)
  return flags.length === 0 ? [...command] : [prlimit, ...flags, ...command]
}
