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

async function readKey(path: string | undefined, mustBeThere: boolean): Promise<Buffer | undefined> {
  if (path === undefined) return undefined
  try {
    return await readFile(path)
  } catch (error) {
    if (!mustBeThere && error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new InfrakitError(
      'input',
      `cannot read ${path}, which the TLS of the Docker engine needs: ${messageOf(error)}`,
      {
        hint: mustBeThere
          ? 'The file must be readable where the plugin runs.'
          : 'Make the file readable for the user that runs this, or set DOCKER_CERT_PATH to another folder.',
        cause: error,
      },
    )
  }
}

/**
 * Reads `ca.pem`, `cert.pem` and `key.pem`, those that there are, or the files that are named.
 *
 * @throws InfrakitError `input` when one cannot be read, or a certificate is there without its key or the reverse
 */
export async function readTlsKeys({ folder, files }: TlsChoice): Promise<TlsKeys> {
  const inFolder = (name: string) => (folder === undefined ? undefined : join(folder, name))
  const paths = files ? [files.ca, files.cert, files.key] : ['ca.pem', 'cert.pem', 'key.pem'].map(inFolder)
  const [ca, cert, key] = await Promise.all(paths.map((path) => readKey(path, files !== undefined)))
  if (!cert !== !key) {
    throw new InfrakitError(
      'input',
      `${folder ?? 'what was given'} has ${cert ? 'cert.pem without key.pem' : 'key.pem without cert.pem'}`,
      {
        hint: 'Both together prove to the Docker engine who you are; put the missing one beside it.',
      },
    )
  }
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
}
