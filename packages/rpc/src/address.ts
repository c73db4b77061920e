import { basename } from 'node:path'
import { InfrakitError } from '@infrakit/spi'

/** A client's side of mutual TLS; all in PEM. */
export interface ClientTls {
  readonly ca?: string | Buffer
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
}

/** A server's side of mutual TLS: clients without a certificate signed by `ca` are turned away. All in PEM. */
export interface ServerTls {
  readonly ca: string | Buffer
  readonly cert: string | Buffer
  readonly key: string | Buffer
}

/** Where a plugin listens. */
export type Address =
  | { readonly path: string }
  | { readonly host: string; readonly port: number; readonly tls?: ClientTls; readonly token?: string }

/** `sun_path` has 108 bytes on Linux and 104 on macOS, one of them for the terminator. Node cuts what is longer. */
const maxPathBytes = 103

/** Throws `input` for a socket path that the operating system would cut. */
export function checkSocketPath(path: string): void {
  const bytes = Buffer.byteLength(path)
  if (bytes <= maxPathBytes) return
  throw new InfrakitError('input', `socket path ${path}: ${bytes} bytes, a Unix socket allows ${maxPathBytes}`, {
    hint: 'choose a shorter plugin folder (INFRAKIT_PLUGINS_DIR or INFRAKIT_HOME) or a shorter name',
  })
}

/** An address for a person: the socket's path or `tcp://host:port`. */
export function formatAddress(address: Address): string {
  return 'path' in address ? address.path : `tcp://${address.host}:${address.port}`
}

/** What to call the plugin behind an address when nobody gave it a name. */
export function defaultName(address: Address): string {
  return 'path' in address ? basename(address.path) : `${address.host}:${address.port}`
}
