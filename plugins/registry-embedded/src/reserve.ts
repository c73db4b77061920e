import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'

/** Room on the disk that is kept for bad times. */
export interface Reserve {
  /** Takes all of it, as far as it is not taken yet. Throws when there is no room for that; then it takes what it needs least. */
  take(): Promise<void>
  /** Gives up what it has, for whoever needs it more urgently. */
  give(): Promise<void>
}

/** A file that holds nothing of use. Its content cannot be compressed, whatever the file system tries. */
export function fileReserve(path: string, { most, least }: { most: number; least: number }): Reserve {
  async function take(): Promise<void> {
    if (sizeOf(path) >= most) return
    try {
      await grow(most)
    } catch (error) {
      if (sizeOf(path) < least) await grow(least).catch(() => undefined)
      throw error
    }
  }

  /** What there is stays until there is more. */
  async function grow(bytes: number): Promise<void> {
    const unfinished = `${path}.unfinished`
    try {
      await writeNoise(unfinished, bytes)
      await rename(unfinished, path)
    } catch (error) {
      await rm(unfinished, { force: true })
      throw error
    }
  }

  return { take, give: () => rm(path, { force: true }) }
}

async function writeNoise(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile(randomBytes(bytes))
    await file.sync()
  } finally {
    await file.close()
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
