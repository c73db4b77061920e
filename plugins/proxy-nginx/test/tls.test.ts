import {
  freePort,
  makeCertificate,
  rejection,
  skipFor,
  startWebServer,
  temporaryFolder,
  waitUntil,
} from '@infrakit/testing'
import { copyFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'node:tls'
import t, { type Test } from 'tap'
import { open, route } from './serve.js'

const skip = skipFor(['nginx', 'openssl'])

const make = async (t: Test, name: string) => makeCertificate(await temporaryFolder(t), name)

/** The name on the certificate that is shown, and what is answered. */
async function ask(port: number, servername: string): Promise<{ shown: unknown; answer: string }> {
  const socket = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false })
  let answer = ''
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject).once('end', resolve)
    socket.on('data', (piece: Buffer) => (answer += piece.toString()))
    socket.write(`GET / HTTP/1.1\r\nHost: ${servername}\r\nConnection: close\r\n\r\n`)
  })
  const shown = socket.getPeerCertificate().subject.CN
  socket.destroy()
  return { shown, answer: answer.split('\r\n\r\n')[1] ?? '' }
}

t.test('each host shows its certificate, and the new one once its files are others', { skip }, async (t) => {
  const [a, b, next] = await Promise.all(['a.example', 'b.example', 'next.example'].map((name) => make(t, name)))
  if (!a || !b || !next) return
  const [one, two] = [await startWebServer(t, 'web-1'), await startWebServer(t, 'web-2')]
  const { proxy, dir, warned, close } = await open(t)
  const port = await freePort()
  await proxy.apply({ Route: route(port, [one.server], { Name: 'a', Host: 'a.example', TLS: a }) })
  await proxy.apply({ Route: route(port, [two.server], { Name: 'b', Host: 'b.example', TLS: b }) })
  t.match(await ask(port, 'a.example'), { shown: 'a.example', answer: /web-1/ })
  t.match(await ask(port, 'b.example'), { shown: 'b.example', answer: /web-2/ })
  t.match(await ask(port, 'other.example'), { shown: 'a.example' })

  await writeFile(b.Certificate, 'none')
  await waitUntil('it to be noticed', () => warned.some((words) => words.startsWith('a certificate has become bad')))
  t.match(await ask(port, 'b.example'), { shown: 'b.example' }, 'the last good one')
  await close()
  const again = await open(t, { dir })
  t.match(await ask(port, 'b.example'), { shown: 'b.example' }, 'also after a restart')
  t.same((await again.proxy.list({})).Routes.length, 2)
  await copyFile(next.Key, b.Key)
  await copyFile(next.Certificate, b.Certificate)
  await waitUntil(
    'the new one to be shown',
    async () => (await ask(port, 'b.example')).shown === 'next.example',
    20_000,
  )
  t.equal((await stat(join(dir, 'certificates'))).mode & 0o77, 0)
})

t.test('files that are no certificate with its key are refused, naming them', { skip }, async (t) => {
  const [a, b] = [await make(t, 'a'), await make(t, 'b')]
  const { proxy } = await open(t)
  const port = await freePort()
  const refused = (TLS: { Certificate: string; Key: string }) =>
    rejection(proxy.apply({ Route: route(port, [], { TLS }) }))
  t.match(await refused({ ...a, Key: b.Key }), { kind: 'input', path: 'TLS.Key', message: /is not the key of/ })
  t.match(await refused({ ...a, Key: '/none' }), { kind: 'input', path: 'TLS.Key', message: /cannot use \/none/ })
  await proxy.apply({ Route: route(port, [], { TLS: a }) })
  t.match(await rejection(proxy.apply({ Route: route(port, []) })), { kind: 'incompatible', path: 'TLS' })
  await proxy.apply({ Route: route(port, [], { Hitless: false }) })
})

t.test('a new certificate is shown also when the same route is applied before it was noticed', { skip }, async (t) => {
  const [a, next] = [await make(t, 'a.example'), await make(t, 'next.example')]
  const { proxy } = await open(t)
  const port = await freePort()
  const Route = route(port, [], { TLS: a })
  await proxy.apply({ Route })
  await copyFile(next.Key, a.Key)
  await copyFile(next.Certificate, a.Certificate)
  t.match(await proxy.apply({ Route }), { Changed: false })
  await waitUntil('it to be shown', async () => (await ask(port, 'a')).shown === 'next.example', 20_000)
})
