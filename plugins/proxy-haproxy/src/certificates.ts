import { readCertificate, type CertificateFiles } from '@infrakit/proxy'

/** A certificate with its key, as HAProxy wants them: in one text. Throws `input`, naming the field, for what does not go together. */
export async function readInOne(files: CertificateFiles): Promise<string> {
  const { certificate, key } = await readCertificate(files)
  return `${certificate.trim()}\n${key.trim()}\n`
}

/** The command that gives a running HAProxy another certificate, in two steps. */
export function certificateCommands(path: string, text: string): string[] {
  return [`set ssl cert ${path} <<\n${text.replaceAll(/\n\s*\n/g, '\n')}`, `commit ssl cert ${path}`]
}
