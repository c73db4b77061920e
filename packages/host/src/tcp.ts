import { readFile } from 'node:fs/promises'
import { parseTcp } from '@infrakit/discovery'
import type { Where } from '@infrakit/rpc'
import { InfrakitError, messageOf } from '@infrakit/spi'
import type { Flags } from './flags.js'

export type TcpWhere = Exclude<Where, { path: string }>

/**
 * Where to serve TCP, as the flags say; `undefined` without `--listen`. Serving it to anybody who can reach the port is
 * refused: there must be keys for mutual TLS, or a token, or a loopback address and `--insecure`.
 *
 * @throws input, naming the flag
 */
export async function tcpFromFlags(flags: Flags): Promise<TcpWhere | undefined> {
  if (flags.listen === undefined) {
    const idle = [...tlsFlags, ...(['tokenFile', 'insecure'] as const)].find((flag) => flags[flag] !== undefined)
    if (idle === undefined) return undefined
    throw new InfrakitError('input', `${spelled[idle]} is of no use without --listen`, {
      hint: 'Add --listen tcp://HOST:PORT, or leave it out.',
    })
  }
  const address = parseTcp(flags.listen)
  if (!address) {
    throw new InfrakitError('input', `--listen: expected tcp://HOST:PORT, got ${JSON.stringify(flags.listen)}`)
  }
  const tls = await tlsFromFlags(flags)
  const token = await tokenFromFlags(flags)
  if (!tls && token === undefined) checkInsecure(flags, address.host)
  return { ...address, ...(tls && { tls }), ...(token !== undefined && { token }) }
}

const tlsFlags = ['tlsCert', 'tlsKey', 'tlsCa'] as const
const spelled = {
  tlsCert: '--tls-cert',
  tlsKey: '--tls-key',
  tlsCa: '--tls-ca',
  tokenFile: '--token-file',
  insecure: '--insecure',
} as const

async function tlsFromFlags(flags: Flags): Promise<{ ca: string; cert: string; key: string } | undefined> {
  const missing = tlsFlags.filter((flag) => flags[flag] === undefined)
  if (missing.length === tlsFlags.length) return undefined
  if (missing.length > 0) {
    const names = missing.map((flag) => spelled[flag]).join(' and ')
    throw new InfrakitError('input', `mutual TLS needs ${names} as well`, {
      hint: 'Give all of --tls-cert, --tls-key and --tls-ca, or none.',
    })
  }
  const [cert, key, ca] = await Promise.all(tlsFlags.map((flag) => fileOf(flags, flag)))
  return { ca: ca ?? '', cert: cert ?? '', key: key ?? '' }
}

async function tokenFromFlags(flags: Flags): Promise<string | undefined> {
  if (flags.tokenFile === undefined) return undefined
  const token = (await fileOf(flags, 'tokenFile')).trim()
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new InfrakitError('input', `--token-file ${flags.tokenFile}: expected one word of printable characters`, {
    hint: `Make one: openssl rand -hex 32 > ${flags.tokenFile}`,
  })
}

async function fileOf(flags: Flags, flag: 'tlsCert' | 'tlsKey' | 'tlsCa' | 'tokenFile'): Promise<string> {
  try {
    return await readFile(flags[flag] ?? '', 'utf8')
  } catch (cause) {
    throw new InfrakitError('input', `${spelled[flag]}: ${messageOf(cause)}`, { cause })
  }
}

function checkInsecure(flags: Flags, host: string): void {
  const loopback = host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
  if (loopback && flags.insecure) return
  const message = loopback
    ? `refused to serve ${flags.listen} to everybody on this machine`
    : `refused to serve ${flags.listen} to everybody who can reach it`
  const other = loopback ? ', or --insecure if that is what you want' : ''
  throw new InfrakitError('input', message, {
    hint: `Give --tls-cert, --tls-key and --tls-ca, or --token-file${other}.`,
  })
}
