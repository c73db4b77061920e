import { randomBytes } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Identity } from '@infrakit/programs'
import { checkListen } from '@infrakit/proxy'
import { InfrakitError } from '@infrakit/spi'
import { makeFolder, writeFileDurably } from '@infrakit/store'
import { z } from 'zod'
import type { Ended, World } from './nginx.js'
import { startNginx, testConfiguration } from './processes.js'

const aboutSchema = z.strictObject({
  kind: z.enum(['lua', 'plain']),
  listening: z.strictObject({ address: z.string(), port: z.int(), tls: z.boolean() }),
})
/** What a folder's nginx is. */
export type About = z.output<typeof aboutSchema>

const aboutName = 'about.json'
/** In the folder of one that was told to finish. */
const leavingName = 'leaving'

/** `undefined` for a folder that a killed process had only begun with. */
export async function readAbout(folder: string): Promise<About | undefined> {
  const text = await readFile(join(folder, aboutName), 'utf8').catch(() => '')
  try {
    return aboutSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

export async function markLeaving(folder: string): Promise<void> {
  await writeFile(join(folder, leavingName), '').catch(() => undefined)
}

export async function isLeaving(folder: string): Promise<boolean> {
  return (await readdir(folder)).includes(leavingName)
}

/** Of all nginxes of ours, running or not. */
export async function listFolders(root: string): Promise<string[]> {
  return (await readdir(root)).map((name) => join(root, name))
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}

const longestSocketPath = 103

/** Throws `input` when nginx could not have its folder there. */
export function checkRoot(root: string): void {
  const hint = 'Choose another folder with --state-dir.'
  if (!/^\/[A-Za-z0-9_./@+=:,~-]*$/.test(root)) {
    throw new InfrakitError(
      'input',
      `--state-dir: nginx cannot have its files in ${root}: a letter of it means something to it`,
      { hint },
    )
  }
  if (Buffer.byteLength(`${root}/00000000/control`) > longestSocketPath) {
    throw new InfrakitError('input', `--state-dir: ${root} is too long for a socket in it`, { hint })
  }
}

const startMs = 20_000
const lookAgainMs = 4

export interface Starting {
  readonly about: About
  /** Writes what nginx reads. */
  prepare(folder: string): Promise<void>
  /** Whether it serves as it is to. Throws `unavailable` while nobody answers. */
  serves(folder: string, master: Identity): Promise<boolean>
  readonly ended: Ended
}

/** Starts an nginx in a new folder. Throws `plugin-failed` with its words, and then nothing is left of it. */
export async function startInFolder(world: World, starting: Starting): Promise<{ folder: string; master: Identity }> {
  const { program, table, root } = world
  const folder = join(root, randomBytes(4).toString('hex'))
  await makeFolder(folder)
  try {
    await starting.prepare(folder)
    await testConfiguration(program, folder)
    await checkListen(starting.about.listening)
    await writeFileDurably(join(folder, aboutName), JSON.stringify(starting.about))
    const { master, onEnd } = await startNginx(program, folder, table)
    let last: string | undefined
    onEnd((words) => (last = words))
    const end = performance.now() + startMs
    for (;;) {
      if (last !== undefined) throw new InfrakitError('plugin-failed', `nginx ended at once: ${last}`)
      if (await starting.serves(folder, master).catch(() => false)) break
      if (performance.now() > end) {
        table.signal(master, 'SIGTERM')
        throw new InfrakitError('timeout', `nginx did not serve within ${startMs / 1000} s; see ${folder}/error.log`)
      }
      await sleep(lookAgainMs)
    }
    onEnd(starting.ended)
    return { folder, master }
  } catch (error) {
    await removeFolder(folder)
    throw error
  }
}
