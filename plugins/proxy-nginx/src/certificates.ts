import { readCertificate, stampOf, type Certificate, type CertificateFiles } from '@infrakit/proxy'
import { openStore } from '@infrakit/store'
import { z } from 'zod'

/** Certificates of routes, the last good one of each kept: a file that has become bad takes nobody down. */
export interface Certificates {
  /** What is in the files, or what was last kept for this route and these files. Throws `input`, naming the field. */
  readOrKept(route: string, files: CertificateFiles): Promise<Certificate>
  keep(route: string, files: CertificateFiles, certificate: Certificate): Promise<void>
  forget(route: string): Promise<void>
  /** What is in the files by now, if they are others than when this one was read. Throws `input`. */
  renewed(files: CertificateFiles, last: Certificate | undefined): Promise<Certificate | undefined>
}

const keptSchema = z.strictObject({
  files: z.strictObject({ certificate: z.string(), key: z.string() }),
  certificate: z.strictObject({ certificate: z.string(), key: z.string() }),
})

/** @param dir a folder for its owner alone: keys are kept in it */
export async function openCertificates(dir: string): Promise<Certificates> {
  const store = await openStore(dir, { check: (value) => keptSchema.parse(value) })
  return {
    async readOrKept(route, files) {
      try {
        return await readCertificate(files)
      } catch (error) {
        const kept = await store.read(route)
        const isSame = kept?.files.certificate === files.certificate && kept.files.key === files.key
        // The files are bad, or others: they are looked at again.
        if (isSame) return { ...kept.certificate, stamp: '' }
        throw error
      }
    },
    keep: (route, files, { certificate, key }) => store.write(route, { files, certificate: { certificate, key } }),
    forget: (route) => store.remove(route),
    async renewed(files, last) {
      return (await stampOf(files)) === last?.stamp ? undefined : readCertificate(files)
    },
  }
}
