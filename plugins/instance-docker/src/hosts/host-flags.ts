import { usualName } from '@infrakit/containers'
import { findEngine, type EngineAddress, type FindOptions } from '@infrakit/docker'
import { InfrakitError } from '@infrakit/spi'

export interface NamedAddress {
  readonly name: string
  readonly address: EngineAddress
}

/** A name in front of an address: `h1=tcp://10.0.0.1:2376`. */
const named = /^([A-Za-z0-9][\w.-]*)=(.+)$/

/**
 * Reads `--host [NAME=]ADDRESS`, given once for each host; none at all is the engine that the docker program would use.
 * A host is called by its name in the address unless another one is given.
 *
 * @throws InfrakitError `input`
 */
export async function readHosts(texts: readonly string[], options: FindOptions = {}): Promise<NamedAddress[]> {
  if (texts.length === 0) {
    const address = await findEngine(options)
    return [{ name: usualName(address), address }]
  }
  const hosts: NamedAddress[] = []
  for (const text of texts) {
    const [, name, rest] = named.exec(text) ?? []
    if (text === '') throw new InfrakitError('input', '--host: expected an address, got nothing', { path: '--host' })
    const address = await findEngine({ ...options, host: rest ?? text })
    hosts.push({ name: name ?? usualName(address), address })
  }
  const twice = hosts.find(({ name }, at) => hosts.findIndex((one) => one.name === name) !== at)
  if (!twice) return hosts
  throw new InfrakitError('input', `--host: two hosts are called '${twice.name}'`, {
    hint: `Give them names of their own: --host ${twice.name}-1=ADDRESS.`,
  })
}
