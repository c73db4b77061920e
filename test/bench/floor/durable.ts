import { open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The bare steps of a durable write: all of a new file or nothing, on the medium when it returns. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`
  const file = await open(temporary, 'wx', 0o600)
  await file.writeFile(text)
  await file.sync()
  await file.close()
  await rename(temporary, path)
  await syncFolder(path)
}

export async function unlinkDurably(path: string): Promise<void> {
  await unlink(path)
  await syncFolder(path)
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r')
  await folder.sync()
  await folder.close()
}
