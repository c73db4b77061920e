import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** Makes a certificate of a name, and its key, in a folder: PEM files that end with it. Needs `openssl`. */
export function makeCertificate(folder: string, name: string): { Certificate: string; Key: string } {
  const [Certificate, Key] = [join(folder, `${name}.pem`), join(folder, `${name}-key.pem`)]
  const how = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', [...how, '-keyout', Key, '-out', Certificate, '-subj', `/CN=${name}`], { stdio: 'ignore' })
  return { Certificate, Key }
}
