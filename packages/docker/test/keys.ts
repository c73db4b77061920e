import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Makes an authority in a folder, `ca.pem`, and signed by it a certificate for 127.0.0.1, `server-cert.pem`, and one for a
 * client, `cert.pem`, with their keys.
 */
export function makeKeys(folder: string): void {
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  run('req', '-x509', ...key, '-keyout', 'ca-key.pem', '-out', 'ca.pem', '-subj', '/CN=test-ca', '-days', '2')
  writeFileSync(join(folder, 'san'), 'subjectAltName=IP:127.0.0.1')
  for (const name of ['server-', '']) {
    run('req', ...key, '-keyout', `${name}key.pem`, '-out', `${name}csr.pem`, '-subj', `/CN=${name}test`)
    const signing = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '2', '-extfile', 'san']
    run('x509', '-req', '-in', `${name}csr.pem`, '-out', `${name}cert.pem`, ...signing)
  }
}
