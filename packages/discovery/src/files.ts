import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { access, lstat, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { lockHolder } from '@infrakit/store/lock'
import { processStartTime } from '@infrakit/store/process'

/** Endings of the files beside a socket. A plugin's name cannot have one. */
export const reserved = ['.pid', '.listen', '.lock'] as const

/** Whether a plugin's socket could be called this in the plugin folder. */
export function isPluginFile(name: string): boolean {
  return !name.startsWith('.') && !reserved.some((ending) => name.endsWith(ending))
}

export function pidFile(dir: string, name: string): string {
  return join(dir, `${name}.pid`)
}

export function listenFile(dir: string, name: string): string {
  return join(dir, `${name}.listen`)
}

/** Where a socket is bound before it gets its name; no longer than a name of four letters, as paths are limited. */
export function unnamedSocket(dir: string, name: string): string {
  return join(dir, `.${createHash('sha256').update(name).digest('hex').slice(0, 4)}`)
}

/**
 * The lock that the one process which serves `name` in this folder holds for as long as it lives. It is beside the
 * folder, as other implementations take every file in it for a plugin; inside where that is not writable for us (/run),
 * or is for everybody (/tmp).
 */
export async function lockFile(dir: string, name: string): Promise<string> {
  const folder = resolve(dir)
  const parent = dirname(folder)
  return (await isOurs(parent)) ? join(parent, `.${basename(folder)}.${name}.lock`) : join(folder, `.${name}.lock`)
}

async function isOurs(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK)
    return ((await stat(folder)).mode & 0o002) === 0
  } catch {
    return false
  }
}

/**
 * The living process behind a name. Plugins of ours are told by their lock, which no other process can be mistaken for;
 * for those of other implementations there is the pid file alone.
 */
export async function processOf(dir: string, name: string): Promise<number | undefined> {
  const lock = await lockFile(dir, name)
  if (await exists(lock)) return lockHolder(lock).catch(() => undefined)
  const pid = await readPid(dir, name)
  return pid !== undefined && (await processStartTime(pid)) !== undefined ? pid : undefined
}

export async function readPid(dir: string, name: string): Promise<number | undefined> {
  const text = await readFile(pidFile(dir, name), 'utf8').catch(() => '')
  return /^\d+$/.test(text.trim()) ? Number(text) : undefined
}

export async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined
}
