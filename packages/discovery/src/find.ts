import type { Dirent } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Address } from '@infrakit/rpc/client'
import { InfrakitError, messageOf } from '@infrakit/spi/errors'
import { nearest } from '@infrakit/spi/nearest'
import { parsePluginName } from '@infrakit/spi/plugin-name'
import { parseTcp, withCredentials } from './address.js'
import { isPluginFile, listenFile, processOf } from './files.js'

export interface FoundPlugin {
  readonly name: string
  /** The socket's path or `tcp://host:port`. */
  readonly listen: string
  readonly address: Address
  /** The process that serves it; absent when it is gone, or on another machine. */
  readonly pid?: number
}

/**
 * The plugins that have a socket or a `.listen` file in a folder, sorted by name. Nobody is asked: a plugin that was
 * killed is listed as well, without a pid. A missing folder is an empty list. `.listen` files that make no sense are left out.
 */
export async function listPlugins(dir: string): Promise<FoundPlugin[]> {
  const folder = resolve(dir)
  const names = await pluginNames(folder)
  const found = await Promise.all(names.map((name) => look(folder, name).catch(() => undefined)))
  return found.filter((plugin) => plugin !== undefined)
}

/**
 * The plugin behind a name, which may have a second part (`swarm/manager`), with what is needed to get in.
 *
 * @throws not-found, with the nearest name and what is there; input for a name that cannot be one, a `.listen` file that
 * makes no sense, or credentials that cannot be read
 */
export async function findPlugin(dir: string, name: string): Promise<FoundPlugin> {
  const folder = resolve(dir)
  const { socket } = parsePluginName(name)
  const found = isPluginFile(socket) ? await look(folder, socket) : undefined
  if (found) return { ...found, address: await withCredentials(found.address) }
  throw new InfrakitError('not-found', `plugin not found:${name}`, { hint: await whatThereIs(folder, socket) })
}

async function whatThereIs(folder: string, missing: string): Promise<string> {
  const names = await pluginNames(folder)
  const near = nearest(missing, names)
  const there = names.length > 0 ? `Plugins in ${folder}: ${names.join(', ')}.` : `No plugin runs in ${folder}.`
  return near === undefined ? `${there} Start it: infrakit plugin start ${missing}` : `Did you mean '${near}'? ${there}`
}

async function pluginNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new InfrakitError('input', `cannot list the plugin folder ${folder}: ${messageOf(error)}`, { cause: error })
  })
  const names = await Promise.all(entries.map((entry) => nameOf(folder, entry)))
  return [...new Set(names.filter((name) => name !== undefined))].sort()
}

async function nameOf(folder: string, entry: Dirent): Promise<string | undefined> {
  if (entry.name.startsWith('.')) return undefined
  if (entry.name.endsWith('.listen')) return entry.name.slice(0, -'.listen'.length) || undefined
  if (!isPluginFile(entry.name)) return undefined
  if (entry.isSocket()) return entry.name
  return entry.isSymbolicLink() && (await isSocket(join(folder, entry.name))) ? entry.name : undefined
}

async function isSocket(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isSocket() ?? false
}

/** A socket goes before a `.listen` file of the same name. */
async function look(folder: string, name: string): Promise<FoundPlugin | undefined> {
  const path = join(folder, name)
  const tcp = (await isSocket(path)) ? undefined : await readListenFile(folder, name)
  if (tcp === undefined && !(await isSocket(path))) return undefined
  const pid = await processOf(folder, name)
  const where = tcp ?? { listen: path, address: { path } }
  return { name, ...where, ...(pid === undefined ? {} : { pid }) }
}

/** What a `.listen` file says; `undefined` when there is none. Throws `input`. */
export async function readListenFile(
  folder: string,
  name: string,
): Promise<{ listen: string; address: { host: string; port: number } } | undefined> {
  const path = listenFile(folder, name)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new InfrakitError('input', `cannot read ${path}: ${messageOf(error)}`, { cause: error })
  })
  if (text === undefined) return undefined
  const address = parseTcp(text)
  if (address) return { listen: text.trim(), address }
  throw new InfrakitError('input', `${path} does not say where plugin '${name}' listens`, {
    hint: `Write tcp://HOST:PORT into ${path}, or remove it.`,
  })
}
