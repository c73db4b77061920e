import { readFile } from 'node:fs/promises'
import { millisecondsOf } from '@infrakit/host'
import { InfrakitError, messageOf } from '@infrakit/spi'
import type { ConsulOptions } from './client.js'

/** The plugin's own flags, as commander has them. */
export interface Flags {
  readonly address?: readonly string[]
  readonly consulTokenFile?: string
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
  readonly datacenter?: string
  readonly namespace?: string
  readonly prefix: string
  readonly timeout: string
}

/** How Consul is reached, and where in it the registry is. */
export interface Settings extends Omit<ConsulOptions, 'address'> {
  readonly addresses: readonly string[]
  readonly prefix: string
}

const usualAddress = 'http://127.0.0.1:8500'

/** Reads flags, environment, and the files they name. Throws `input`, naming the flag. */
export async function readSettings(flags: Flags, env: NodeJS.ProcessEnv): Promise<Settings> {
  const { caFile, certFile, keyFile, datacenter, namespace } = flags
  if ((certFile === undefined) !== (keyFile === undefined)) {
    const missing = certFile === undefined ? '--cert-file' : '--key-file'
    throw new InfrakitError('input', `${missing} is missing: a certificate and its key belong together`)
  }
  const addresses = (flags.address ?? [usualAddress]).map(addressOf)
  const tls = {
    ...(caFile !== undefined && { ca: await fileOf('--ca-file', caFile) }),
    ...(certFile !== undefined && { cert: await fileOf('--cert-file', certFile) }),
    ...(keyFile !== undefined && { key: await fileOf('--key-file', keyFile) }),
  }
  const wantsTls = Object.keys(tls).length > 0
  if (wantsTls && !addresses.every((address) => address.startsWith('https:'))) {
    throw new InfrakitError(
      'input',
      '--ca-file, --cert-file and --key-file are of no use to an --address with http://',
      {
        hint: 'Write https:// in every --address.',
      },
    )
  }
  return {
    addresses,
    tls: wantsTls ? tls : undefined,
    token: await tokenOf(flags.consulTokenFile, env),
    datacenter,
    namespace,
    prefix: prefixOf(flags.prefix),
    timeoutMs: timeoutOf(flags.timeout),
  }
}

function addressOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '' && url.username === ''
  if (isPlain) return url.href.replace(/\/+$/, '')
  throw new InfrakitError(
    'input',
    `--address: expected http://HOST:PORT or https://HOST:PORT, got ${JSON.stringify(text)}`,
  )
}

function prefixOf(text: string): string {
  const words = text.split('/')
  if (words.every((word) => word !== '') && text.length <= 200 && !/\p{Cc}/u.test(text)) return text
  throw new InfrakitError('input', `--prefix: expected words divided by '/', got ${JSON.stringify(text)}`)
}

function timeoutOf(text: string): number {
  const milliseconds = millisecondsOf(text, '--timeout')
  if (milliseconds >= 100) return milliseconds
  throw new InfrakitError('input', `--timeout: expected at least 100ms, got ${JSON.stringify(text)}`)
}

async function tokenOf(file: string | undefined, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const from = file === undefined ? 'CONSUL_HTTP_TOKEN' : `--consul-token-file ${file}`
  const text = file === undefined ? env['CONSUL_HTTP_TOKEN'] : await fileOf('--consul-token-file', file)
  const token = text?.trim()
  if (token === undefined || (token === '' && file === undefined)) return undefined
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new InfrakitError('input', `${from}: expected one word of printable characters`)
}

async function fileOf(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new InfrakitError('input', `${flag}: ${messageOf(cause)}`, { cause })
  }
}
