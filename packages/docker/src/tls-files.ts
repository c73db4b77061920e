import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InfrakitError, messageOf } from '@infrakit/spi'
import type { TlsChoice } from './engine-address.js'

/** PEM texts, as `node:tls` takes them. */
export interface TlsKeys {
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
}

async function readKey(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new InfrakitError(
      'input',
      `cannot read ${path}, which the TLS of the Docker engine needs: ${messageOf(error)}`,
      {
        hint: 'Make the file readable for the user that runs this, or set DOCKER_CERT_PATH to another folder.',
        cause: error,
      },
    )
  }
}

/**
 * Reads `ca.pem`, `cert.pem` and `key.pem`, those that there are.
 *
 * @throws InfrakitError `input` when one cannot be read, or a certificate is there without its key or the reverse
 */
export async function readTlsKeys({ folder }: TlsChoice): Promise<TlsKeys> {
  if (folder === undefined) return {}
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readKey(join(folder, name))),
  )
  if (!cert !== !key) {
    throw new InfrakitError(
      'input',
      `${folder} has ${cert ? 'cert.pem without key.pem' : 'key.pem without cert.pem'}`,
      {
        hint: 'Both together prove to the Docker engine who you are; put the missing one beside it.',
      },
    )
  }
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
}
