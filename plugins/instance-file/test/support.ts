import { chmod, chown, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { temporaryFolder, type Teardown } from '@infrakit/testing'
import { isInstanceId } from '../src/instance-id.js'
import type { FolderOptions } from '../src/folder.js'
import { createFilePlugin, type FilePlugin } from '../src/plugin.js'

export interface Opened extends FilePlugin {
  readonly dir: string
  /** `created instance-1`, ... in the order they were published. */
  readonly events: string[]
  readonly warnings: string[]
  ids(tags?: Record<string, string>): Promise<string[]>
}

/** A plugin on a folder (a new one unless given), closed when the test is over. */
export async function open(t: Teardown, options: Partial<FolderOptions> = {}): Promise<Opened> {
  const dir = options.dir ?? join(await temporaryFolder(t), 'instances')
  const events: string[] = []
  const warnings: string[] = []
  const plugin = await createFilePlugin({
    dir,
    log: { warn: (fields, message) => void warnings.push(`${message} ${JSON.stringify(fields)}`) },
    publish: ({ Topic, ID }) => void events.push(`${Topic.replace('instance/', '')} ${ID}`),
    ...options,
  })
  t.teardown(() => plugin.stop())
  async function ids(Tags?: Record<string, string>): Promise<string[]> {
    const { Descriptions } = await plugin.instance.describeInstances(Tags ? { Tags } : {})
    return Descriptions.map((one) => one.ID)
  }
  return { ...plugin, dir, events, warnings, ids }
}

/** What a call rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('expected a rejection')
}

/** What a function throws. */
export function thrown(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('expected it to throw')
}

export async function instancesOn(dir: string): Promise<string[]> {
  return (await readdir(dir)).filter(isInstanceId).sort()
}

export async function json(dir: string, id: string): Promise<unknown> {
  return JSON.parse(await readFile(join(dir, id), 'utf8'))
}

/** Writes an instance behind the plugin's back, all of it at once. */
export async function put(dir: string, id: string, file: object | string): Promise<void> {
  const temporary = join(dir, `.put-${id}`)
  await writeFile(temporary, typeof file === 'string' ? file : JSON.stringify(file, null, 2))
  await rename(temporary, join(dir, id))
}

const nobody = 65534

/** Runs `work` as a user for whom the folder has these rights; the superuser would not be stopped by any. */
export async function withRights<T>(dir: string, mode: number, work: () => Promise<T>): Promise<T> {
  const root = process.getuid?.() === 0
  if (root) {
    await chown(dir, nobody, nobody)
    await chmod(dirname(dir), 0o711)
  }
  await chmod(dir, mode)
  if (root) process.seteuid?.(nobody)
  try {
    return await work()
  } finally {
    if (root) process.seteuid?.(0)
    await chmod(dir, 0o700)
  }
}
