import { randomBytes } from 'node:crypto'
import { closeSync, fchmodSync, fsync, open, openSync, rename, unlink, writeFileSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { failpoint } from './failpoint.js'
import { shareRuns } from './share-runs.js'
import { codeOf, failedTo } from './store-error.js'
import { processStartTime } from './process.js'

/**
 * What may wait for the medium goes through Node's threads, the rest is done at once: there are four threads, and each
 * step that takes its turn there waits behind the syncs of all others.
 */
const [openFile, sync] = [promisify(open), promisify(fsync)]
const [renameFile, unlinkFile] = [promisify(rename), promisify(unlink)]

const syncShared = shareRuns(syncFolderNow)

const ownersAlone = 0o600

const nextTemporaryName = temporaryNames()

const temporaryName = /^\.tmp-(\d+)-[0-9a-f]{16}$/

/**
 * Replaces a file's content, so that at any moment, also after a crash or a power failure, it holds either all of the
 * old or all of the new content. Once it returns, the new content is on the medium.
 *
 * Throws `StoreError`; then the old content is still there and nothing is left over (a process killed on the way
 * leaves a temporary file; see `removeLeftovers`).
 *
 * @param options.mode rights of the file, default 0600
 */
export async function writeFileDurably(
  path: string,
  data: string | Uint8Array,
  options: { mode?: number } = {},
): Promise<void> {
  const folder = dirname(path)
  // The name says nothing of the file's own: that may already be as long as a name can be.
  const temporary = join(folder, nextTemporaryName())
  try {
    await writeAndSync(temporary, data, options.mode ?? ownersAlone)
    failpoint('write/temporary')
    await renameFile(temporary, path)
    failpoint('write/renamed')
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw failedTo('write', path, error, 'What was there before is unchanged.')
  }
  await syncFolder(folder)
}

/** Removes a file for good; one that is not there is fine. Throws `StoreError`. */
export async function removeDurably(path: string): Promise<void> {
  try {
    failpoint('remove/unlink')
    await unlinkFile(path)
    failpoint('remove/unlinked')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw failedTo('remove', path, error)
  }
  await syncFolder(dirname(path))
}

/**
 * Makes renames and removals in a folder, all that were done before the call, survive a power failure. Many callers at
 * once share their syncs.
 */
export function syncFolder(folder: string): Promise<void> {
  return syncShared(folder)
}

/** Removes the temporary files of processes that were killed while writing; those of living ones stay. */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(temporaryName.exec(name)?.[1])
    if (pid > 0 && (await isLeftover(join(folder, name), pid))) await rm(join(folder, name), { force: true })
  }
}

/** Names that no other process draws, and this one none twice. */
function temporaryNames(): () => string {
  const drawn = randomBytes(4).toString('hex')
  let count = 0
  return () => {
    count = (count + 1) % 2 ** 32
    return `.tmp-${process.pid}-${drawn}${count.toString(16).padStart(8, '0')}`
  }
}

async function syncFolderNow(folder: string): Promise<void> {
  const descriptor = openFolder(folder)
  try {
    await sync(descriptor)
  } catch (error) {
    throw failedTo('sync', folder, error, 'Whether the last change survives a power failure is not known.')
  } finally {
    closeSync(descriptor)
  }
}

function openFolder(folder: string): number {
  try {
    return openSync(folder, 'r')
  } catch (error) {
    throw failedTo('open', folder, error)
  }
}

async function isLeftover(path: string, pid: number): Promise<boolean> {
  if (pid !== process.pid) return (await processStartTime(pid)) === undefined
  // In containers the next process often has the same pid: what is older than this process is not its own.
  const entry = await stat(path).catch(() => undefined)
  return entry !== undefined && entry.mtimeMs < performance.timeOrigin
}

async function writeAndSync(path: string, data: string | Uint8Array, mode: number): Promise<void> {
  const descriptor = await openFile(path, 'wx', mode)
  try {
    // The umask must not take anything away; from the owner's own right to read and write none does.
    if (mode !== ownersAlone) fchmodSync(descriptor, mode)
    writeFileSync(descriptor, data)
    await sync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
