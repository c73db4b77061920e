import { readFileSync, watch } from 'node:fs'
import { constants } from 'node:os'
import { codeOf } from '@infrakit/store'
import type { Identity, ProcessTable } from './process-table.js'

const signalled = 128

/** What a supervisor wrote of the end of its command, in words. */
export function exitWords(status: number): string {
  const signal = Object.entries(constants.signals).find(([, number]) => status === signalled + number)?.[0]
  return signal === undefined ? `exited with code ${status}` : `ended by ${signal} (code ${status})`
}

/**
 * Why a command that is to run does not: `undefined` while it does.
 *
 * @param exitFile where its supervisor writes how the command ended
 */
export function endOf(
  table: ProcessTable,
  { Supervisor }: { readonly Supervisor: Identity | null },
  exitFile: string,
): string | undefined {
  // In this order: who is seen to be dead has written all that he would.
  const lives = Supervisor !== null && table.lives(Supervisor)
  const status = readExit(exitFile)
  if (status !== undefined) return exitWords(status)
  if (lives) return undefined
  const boot = Supervisor?.StartTime.split('@')[1]
  return boot === table.boot ? 'it ended, and its supervisor process could not tell how' : 'the machine was restarted'
}

/** How the command ended that a supervisor was to run; `undefined` when nothing was written of it. */
export function readExit(path: string): number | undefined {
  try {
    const [, digits] = /^(\d+)\n/.exec(readFileSync(path, 'utf8')) ?? []
    return digits === undefined ? undefined : Number(digits)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Calls `hint` when the file is written to, as a rule. Where it cannot be watched, somebody will look anyway. */
export function watchExit(path: string, hint: () => void): { close(): void } {
  try {
    const watching = watch(path, { persistent: false }, hint)
    watching.on('error', () => watching.close())
    return watching
  } catch {
    return { close: () => undefined }
  }
}
