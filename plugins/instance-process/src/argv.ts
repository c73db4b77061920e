import type { Limits } from './properties.js'
import { parseSize } from './size.js'

/**
 * Outlives the plugin and runs one command ("$@"), whose end it writes to descriptor 3. Signals for the group reach it as
 * well: it catches them, as what is ignored stays ignored in the command, and goes on waiting.
 */
const supervisor = 'trap : HUP INT QUIT TERM USR1 USR2; "$@" 3>&-; echo "$?" >&3'

/** The program and arguments of a supervisor. @param command begins with a path: a bare name could mean a part of the shell */
export function supervised(command: readonly string[]): [program: string, args: string[]] {
  return ['/bin/sh', ['-c', supervisor, 'infrakit-supervisor', ...command]]
}

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
