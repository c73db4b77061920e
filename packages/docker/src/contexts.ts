import { createHash } from 'node:crypto'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { InfrakitError } from '@infrakit/spi'
import { readJsonFile } from './config-file.js'
import { parseAddress, type EngineAddress } from './engine-address.js'

interface ContextFile {
  readonly Endpoints?: { readonly docker?: { readonly Host?: unknown; readonly SkipTLSVerify?: unknown } }
}

/** Docker's own programs keep each context in a folder named after the hash of its name. */
function folderName(context: string): string {
  return createHash('sha256').update(context).digest('hex')
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/**
 * Where the engine of a Docker context is.
 *
 * @param folder of Docker's configuration
 * @param source what named the context, e.g. `DOCKER_CONTEXT`
 * @throws InfrakitError `input` when there is no such context, or it has no usable engine
 */
export async function readContext(folder: string, name: string, source: string): Promise<EngineAddress> {
  const path = join(folder, 'contexts', 'meta', folderName(name), 'meta.json')
  const file = (await readJsonFile(path)) as ContextFile | undefined
  if (!file) {
    throw new InfrakitError('input', `${source}: there is no Docker context '${name}' in ${folder}`, {
      path: source,
      hint: '`docker context ls` lists them; `docker context use default` goes back to the default socket.',
    })
  }
  const docker = file.Endpoints?.docker
  if (typeof docker?.Host !== 'string' || docker.Host === '') {
    throw new InfrakitError('input', `${source}: the Docker context '${name}' names no engine`, {
      path: source,
      hint: `Its file is ${path}; make the context again with \`docker context create\`.`,
    })
  }
  const keys = join(folder, 'contexts', 'tls', folderName(name), 'docker')
  const verify = docker.SkipTLSVerify !== true
  const hasKeys = await isThere(keys)
  const tls = hasKeys || !verify ? { folder: hasKeys ? keys : undefined, verify } : undefined
  return parseAddress(docker.Host, `Docker context '${name}'`, tls)
}
