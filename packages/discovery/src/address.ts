import { readFile } from 'node:fs/promises'
import type { Address } from '@infrakit/rpc/client'
import { InfrakitError } from '@infrakit/spi/errors'
import type { Environment } from './folders.js'

/** Reads `tcp://host:port`, with IPv6 hosts in brackets; `undefined` when it is something else. */
export function parseTcp(text: string): { host: string; port: number } | undefined {
  const match = /^tcp:\/\/(?:\[([0-9a-fA-F:.]+)\]|([^:/[\]@?#\s]+)):(\d{1,5})\/?$/.exec(text.trim())
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  return host !== undefined && port <= 65_535 ? { host, port } : undefined
}

/** `tcp://host:port`. */
export function formatTcp(host: string, port: number): string {
  return `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/**
 * Adds to a TCP address what the environment has to get in with: `INFRAKIT_TOKEN` or `INFRAKIT_TOKEN_FILE`, and
 * `INFRAKIT_TLS_CA`, `INFRAKIT_TLS_CERT`, `INFRAKIT_TLS_KEY` (files). Sockets need nothing.
 *
 * @throws input, naming the variable whose file cannot be read
 */
export async function withCredentials(address: Address, env: Environment = process.env): Promise<Address> {
  if ('path' in address) return address
  const token = env.INFRAKIT_TOKEN || (await fileOf(env, 'INFRAKIT_TOKEN_FILE'))?.trim()
  const ca = await fileOf(env, 'INFRAKIT_TLS_CA')
  const cert = await fileOf(env, 'INFRAKIT_TLS_CERT')
  const key = await fileOf(env, 'INFRAKIT_TLS_KEY')
  const tls = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
  return { ...address, ...(token && { token }), ...(Object.keys(tls).length > 0 && { tls }) }
}

async function fileOf(env: Environment, variable: string): Promise<string | undefined> {
  const path = env[variable]
  if (!path) return undefined
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new InfrakitError('input', `cannot read the file that ${variable} names: ${reason}`, {
      hint: `Set ${variable} to a file that can be read, or unset it.`,
      cause,
    })
  }
}
