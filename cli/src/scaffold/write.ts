import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { InfrakitError, messageOf } from '@infrakit/spi'
import type { ScaffoldFile } from './template.js'

/**
 * Writes a new folder, all of it or nothing. One that is there already must be empty.
 *
 * @throws conflict (something is there), input (the folder cannot be made)
 */
export async function writeScaffold(folder: string, files: readonly ScaffoldFile[]): Promise<void> {
  await refuseExisting(folder)
  let unfinished: string | undefined
  try {
    await mkdir(dirname(folder), { recursive: true })
    unfinished = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`))
    await chmod(unfinished, 0o755)
    for (const { path, text, executable } of files) {
      const file = join(unfinished, path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text, { mode: executable ? 0o755 : 0o644 })
    }
    await rename(unfinished, folder)
  } catch (cause) {
    if (unfinished !== undefined) await rm(unfinished, { recursive: true, force: true })
    throw new InfrakitError('input', `cannot make the folder ${folder}: ${messageOf(cause)}`, {
      hint: 'choose another one with --dir, or get the right to write there',
      cause,
    })
  }
}

async function refuseExisting(folder: string): Promise<void> {
  // What cannot be seen cannot be written either, and is told then.
  const found = await stat(folder).catch(() => undefined)
  if (!found) return
  const names = found.isDirectory() ? await readdir(folder).catch(() => []) : ['itself']
  if (names.length === 0) return
  throw new InfrakitError('conflict', `${folder} is there already, and not empty`, {
    hint: 'choose another folder with --dir; nothing was changed',
  })
}
