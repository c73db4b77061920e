import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { searchFolderForCanary } from './canary.js'

/** Whatever runs a function when the test is over, e.g. tap's `t`. */
export interface Teardown {
  teardown(fn: () => unknown): unknown
}

/** An empty folder with a path short enough for sockets below it; removed with all it holds when the test is over. */
export async function temporaryFolder(t: Teardown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ik-'))
  t.teardown(async () => {
    await searchFolderForCanary(folder)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  return folder
}
