import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** As `certificates.ts` there has it: tests import packages by their names, and their tests have none. */
type Pem = Readonly<
  Record<'ca' | 'serverCert' | 'serverKey' | 'clientCert' | 'clientKey' | 'strangerCert' | 'strangerKey', string>
>

export interface Keys {
  /** What a plugin is started with to serve mutual TLS. */
  readonly flags: readonly string[]
  /** What its callers have in their environment; of a stranger, of somebody who asks a stranger's authority, of none. */
  readonly right: Record<string, string>
  readonly stranger: Record<string, string>
  readonly otherAuthority: Record<string, string>
  readonly noCertificate: Record<string, string>
}

/** Writes the keys of the RPC package's tests into a folder. */
export async function writeKeys(folder: string): Promise<Keys> {
  const url = new URL('../../../packages/rpc/dist/test/certificates.js', import.meta.url)
  const { pem } = (await import(url.href)) as { pem: Pem }
  const file = (name: keyof Pem) => {
    const path = join(folder, name)
    writeFileSync(path, pem[name], { mode: 0o600 })
    return path
  }
  const [ca, cert, key] = [file('ca'), file('clientCert'), file('clientKey')]
  const [strangerCert, strangerKey] = [file('strangerCert'), file('strangerKey')]
  return {
    flags: ['--tls-cert', file('serverCert'), '--tls-key', file('serverKey'), '--tls-ca', ca],
    right: { INFRAKIT_TLS_CA: ca, INFRAKIT_TLS_CERT: cert, INFRAKIT_TLS_KEY: key },
    stranger: { INFRAKIT_TLS_CA: ca, INFRAKIT_TLS_CERT: strangerCert, INFRAKIT_TLS_KEY: strangerKey },
    otherAuthority: { INFRAKIT_TLS_CA: strangerCert, INFRAKIT_TLS_CERT: cert, INFRAKIT_TLS_KEY: key },
    noCertificate: { INFRAKIT_TLS_CA: ca },
  }
}
