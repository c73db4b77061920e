import { chmod, lstat, readFile, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { InfrakitError, messageOf, parsePluginName } from '@infrakit/spi'
import { acquireLock, LockHeldError, StoreError, writeFileDurably, type Lock } from '@infrakit/store'
import { isPluginFile, listenFile, lockFile, pidFile, readPid, unnamedSocket } from './files.js'
import { readListenFile } from './find.js'
import { preparePluginFolder } from './plugin-folder.js'
import { probe } from './probe.js'

/** The right to serve a name in a plugin folder; one process has it at any time. */
export interface SocketClaim {
  /** Where the socket will be. */
  readonly path: string
  /**
   * Has `listen` bind a socket at the path it is given, and then gives that socket its name, in one step and in place of
   * a stale one: nobody ever finds the name gone, or open to other users.
   */
  serve(listen: (path: string) => Promise<unknown>): Promise<void>
  /** Writes the `.listen` file of a plugin that serves TCP instead of a socket. @param url `tcp://host:port` */
  announce(url: string): Promise<void>
  /** Removes what is ours (a socket, pid or `.listen` file of somebody else stays) and lets others have the name. */
  release(): Promise<void>
}

/** `sun_path` has 108 bytes on Linux, 104 on macOS, one of them for the terminator; Node cuts what is longer. */
const maxPathBytes = 103

/** A plugin that is told to end finishes its calls for 10 s; its successor waits a little longer than that. */
const successionMs = 15_000

/**
 * Claims a plugin's name until `release`, or until this process dies. Stale sockets are no obstacle. A process that has
 * the name but does not answer is just starting or ending: it is waited for.
 *
 * @throws conflict when somebody serves the name, with his pid; input for a name, path or folder that cannot be used
 */
export async function claimSocket(dir: string, name: string, options: { waitMs?: number } = {}): Promise<SocketClaim> {
  const folder = resolve(dir)
  checkName(name)
  const path = join(folder, name)
  checkLength(folder, path, unnamedSocket(folder, name))
  await preparePluginFolder(folder)
  const lock = await lockName(folder, name, options.waitMs ?? successionMs)
  try {
    await checkFree(folder, name)
  } catch (error) {
    await lock.release()
    throw error
  }
  return createClaim(folder, name, lock)
}

function checkName(name: string): void {
  const { type } = parsePluginName(name)
  if (type === '' && !name.includes('/') && isPluginFile(name)) return
  throw new InfrakitError('input', `'${name}' cannot be the name of a plugin's socket`, {
    hint: 'Choose a name without /, not beginning with a dot, and not ending in .pid, .listen or .lock.',
  })
}

function checkLength(folder: string, ...paths: string[]): void {
  const bytes = Math.max(...paths.map((path) => Buffer.byteLength(path)))
  if (bytes <= maxPathBytes) return
  throw new InfrakitError(
    'input',
    `a socket in ${folder} needs a path of ${bytes} bytes; ${maxPathBytes} are possible`,
    {
      hint: 'Use a folder with a shorter path (--plugins-dir or INFRAKIT_PLUGINS_DIR), or a shorter name.',
    },
  )
}

async function lockName(folder: string, name: string, waitMs: number): Promise<Lock> {
  const file = await lockFile(folder, name)
  const end = performance.now() + waitMs
  for (;;) {
    try {
      return await acquireLock(file)
    } catch (error) {
      if (error instanceof StoreError && !(error instanceof LockHeldError)) {
        throw new InfrakitError('input', error.message, { hint: error.hint, cause: error })
      }
      if (!(error instanceof LockHeldError)) throw error
      if (await whereServed(folder, name)) throw taken(name, error.pid)
      if (performance.now() >= end) throw stuck(name, error.pid)
      await sleep(20)
    }
  }
}

/** Where somebody answers for the name, if anybody does. */
async function whereServed(folder: string, name: string): Promise<string | undefined> {
  const path = join(folder, name)
  if ((await isSocket(path)) && (await probe({ path })) === 'alive') return path
  const tcp = await readListenFile(folder, name)
  return tcp && (await probe(tcp.address)) === 'alive' ? tcp.listen : undefined
}

/** We have the lock; still somebody may serve the name who knows nothing of locks, or something else be in its place. */
async function checkFree(folder: string, name: string): Promise<void> {
  const where = await whereServed(folder, name)
  if (where !== undefined) throw taken(name, await readPid(folder, name), where)
  const path = join(folder, name)
  if ((await lstat(path).catch(() => undefined)) === undefined || (await isSocket(path))) return
  throw new InfrakitError('conflict', `${path} exists and is not a socket`, {
    hint: `Move ${path} away, or give the plugin another name: --name.`,
  })
}

async function isSocket(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isSocket() ?? false
}

function taken(name: string, pid?: number, where?: string): InfrakitError {
  const who = pid === undefined ? `somebody serves ${where}` : `process ${pid}`
  const stop = pid === undefined ? 'Stop it' : `Stop it (kill ${pid})`
  return new InfrakitError('conflict', `plugin '${name}' is already running: ${who}`, {
    hint: `${stop}, or give this one another name: --name.`,
  })
}

function stuck(name: string, pid: number): InfrakitError {
  return new InfrakitError(
    'conflict',
    `plugin '${name}': process ${pid} has the name, and neither serves it nor ends`,
    {
      hint: `Wait for it, end it (kill ${pid}), or give this one another name: --name.`,
    },
  )
}

interface Identity {
  readonly dev: bigint
  readonly ino: bigint
  readonly birthtimeNs: bigint
}

/** Inodes are used again, so the time counts as well. */
async function identify(path: string): Promise<Identity | undefined> {
  return lstat(path, { bigint: true }).catch(() => undefined)
}

function createClaim(folder: string, name: string, lock: Lock): SocketClaim {
  const path = join(folder, name)
  const unnamed = unnamedSocket(folder, name)
  const written = new Map<string, string>()
  let own: Identity | undefined

  /** Without a line end, as others read it: as a number and nothing else. */
  async function write(file: string, text: string): Promise<void> {
    written.set(file, text)
    await writeFileDurably(file, text)
  }

  async function serve(listen: (path: string) => Promise<unknown>): Promise<void> {
    await rm(unnamed, { force: true })
    try {
      await listen(unnamed)
      await chmod(unnamed, 0o600)
      own = await identify(unnamed)
      await write(pidFile(folder, name), String(process.pid))
      // A stale announcement would say that the plugin is somewhere else.
      await rm(listenFile(folder, name), { force: true })
      await rename(unnamed, path)
    } catch (error) {
      await rm(unnamed, { force: true })
      throw error instanceof InfrakitError ? error : cannotServe(path, error)
    }
  }

  async function announce(url: string): Promise<void> {
    try {
      await write(pidFile(folder, name), String(process.pid))
      await rm(path, { force: true })
      await write(listenFile(folder, name), `${url}\n`)
    } catch (error) {
      throw cannotServe(path, error)
    }
  }

  async function release(): Promise<void> {
    const now = own && (await identify(path))
    if (own && now && now.ino === own.ino && now.dev === own.dev && now.birthtimeNs === own.birthtimeNs) await rm(path)
    own = undefined
    for (const [file, text] of written) {
      if ((await readFile(file, 'utf8').catch(() => undefined)) === text) await rm(file, { force: true })
    }
    written.clear()
    await lock.release()
  }

  return { path, serve, announce, release }
}

function cannotServe(path: string, cause: unknown): InfrakitError {
  const hint = cause instanceof StoreError ? cause.hint : undefined
  return new InfrakitError('unavailable', `cannot serve ${path}: ${messageOf(cause)}`, { hint, cause })
}
