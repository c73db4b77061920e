import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { syncFolder } from './durable.js'
import { codeOf, failedTo, StoreError } from './store-error.js'

/**
 * Makes a folder (0700) and those above it that are missing, durably; one that is there is fine as it is. Throws
 * `StoreError`. Node's own recursive way never returns where a file system refuses folders with ENOENT, as /proc does.
 */
export async function makeFolder(path: string): Promise<void> {
  const folder = resolve(path)
  try {
    if (await isFolder(folder)) return
    const parent = dirname(folder)
    await makeFolder(parent)
    await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error
    })
    if (!(await isFolder(folder))) throw new Error('there is something else of that name')
    await syncFolder(parent)
  } catch (error) {
    throw error instanceof StoreError ? error : failedTo('make the folder', folder, error)
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}
