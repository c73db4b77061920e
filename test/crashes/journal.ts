import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder, type Teardown } from '@infrakit/testing'

/** The failpoints that a process passes. */
export interface Journal {
  /** The environment of the process that keeps it. */
  readonly env: Record<string, string>
  /** In order. */
  passes(): Promise<string[]>
}

export async function createJournal(t: Teardown): Promise<Journal> {
  const file = join(await temporaryFolder(t), 'journal')
  return {
    env: { INFRAKIT_FAILPOINT_JOURNAL: file },
    passes: async () => (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean),
  }
}
