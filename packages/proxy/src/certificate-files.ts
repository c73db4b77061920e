import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { InfrakitError, messageOf } from '@infrakit/spi'

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly certificate: string
  readonly key: string
}

/** PEM texts. */
export interface Certificate {
  readonly certificate: string
  readonly key: string
  /** What `stampOf` its files was when they were read. */
  readonly stamp: string
}

type Field = 'TLS.Certificate' | 'TLS.Key'

/** Reads a certificate, with its chain, and its key. Throws `input`, naming the field and the file, when they cannot be used. */
export async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  // First: what is written while it is read shows as a change later.
  const stamp = await stampOf(files)
  const certificate = await read('TLS.Certificate', files.certificate)
  const key = await read('TLS.Key', files.key)
  const first = attempt('TLS.Certificate', files.certificate, () => new X509Certificate(certificate))
  const own = attempt('TLS.Key', files.key, () => createPrivateKey(key))
  if (!first.checkPrivateKey(own)) {
    throw wrong(
      'TLS.Key',
      files.key,
      `it is not the key of ${files.certificate}`,
      'Give two files that belong together.',
    )
  }
  // The rest of the chain, and whether all of it is good enough to be shown.
  attempt('TLS.Certificate', files.certificate, () => createSecureContext({ cert: certificate, key }))
  return { certificate, key, stamp }
}

/** Is another one once one of the files is another. */
export async function stampOf({ certificate, key }: CertificateFiles): Promise<string> {
  const both = await Promise.all([certificate, key].map((path) => stat(path).catch(() => undefined)))
  return both.map((one) => (one ? `${one.ino}/${one.mtimeMs}/${one.ctimeMs}/${one.size}` : '-')).join(' ')
}

async function read(field: Field, path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw wrong(
      field,
      path,
      `it cannot be read: ${messageOf(cause)}`,
      'Give the path of a file that the plugin may read.',
    )
  })
}

/** The library's words are passed on, and not its error: that may hold what was read. */
function attempt<T>(field: Field, path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw wrong(field, path, messageOf(error), 'Give a PEM file; a key has to be without a passphrase.')
  }
}

function wrong(field: Field, path: string, words: string, hint: string): InfrakitError {
  return new InfrakitError('input', `${field}: cannot use ${path}: ${words}`, { path: field, hint })
}
