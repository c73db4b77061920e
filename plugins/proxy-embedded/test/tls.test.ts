import { once } from 'node:events'
import { copyFileSync, renameSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { text } from 'node:stream/consumers'
import type { ProxyRoute } from '@infrakit/spi'
import { makeCertificate, rejection, skipFor, startWebServer, temporaryFolder, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { ask, createWorld, routeTo } from './world.js'

const skip = skipFor(['openssl'])

/** Whose certificate is shown, and what is answered. */
async function secure(port: number, servername: string): Promise<{ name: string; answer: string }> {
  const sent = request({
    port,
    host: '127.0.0.1',
    servername,
    headers: { host: servername },
    rejectUnauthorized: false,
    agent: false,
  })
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>
  sent.end()
  const [response] = await answered
  const { CN } = (response.socket as TLSSocket).getPeerCertificate().subject
  return { name: String(CN), answer: await text(response) }
}

t.test('each host has its certificate; when the files change, so does what is shown', { skip }, async (t) => {
  const world = await createWorld(t, { workers: 2 })
  const folder = await temporaryFolder(t)
  const [one, two] = [makeCertificate(folder, 'one.test'), makeCertificate(folder, 'two.test')]
  const web = await startWebServer(t, 'web', (request, response) => response.end(String(request.headers.forwarded)))
  await world.serve([web.server], { Host: 'one.test', TLS: one })
  await world.serve([web.server], { Name: 'two', Host: 'two.test', TLS: two })
  t.match(await secure(world.port, 'one.test'), { name: 'one.test', answer: /proto=https/ })
  t.match(await secure(world.port, 'two.test'), { name: 'two.test' })

  const next = makeCertificate(folder, 'next.test')
  copyFileSync(next.Key, `${two.Key}.new`)
  copyFileSync(next.Certificate, `${two.Certificate}.new`)
  renameSync(`${two.Key}.new`, two.Key)
  renameSync(`${two.Certificate}.new`, two.Certificate)
  await waitUntil('the new one to be shown by both', async () => {
    const names = await Promise.all(Array.from({ length: 8 }, () => secure(world.port, 'two.test')))
    return names.every(({ name }) => name === 'next.test')
  })
  t.match(await secure(world.port, 'one.test'), { name: 'one.test' })

  writeFileSync(two.Certificate, 'nonsense')
  await waitUntil('it to be said', () => world.warned.some((text) => text.includes('cannot be used')))
  t.match(await secure(world.port, 'two.test'), { name: 'next.test' }, 'what works stays')
})

t.test(
  'TLS begins or ends where clients are only for who allows it, and else all is as before',
  { skip },
  async (t) => {
    const world = await createWorld(t, { workers: 2 })
    const TLS = makeCertificate(await temporaryFolder(t), 'one.test')
    const web = await startWebServer(t, 'web')
    const change = (more: Partial<ProxyRoute>) =>
      world.proxy.apply({ Route: routeTo(world.port, [web.server], { Host: 'one.test', ...more }) })
    const refusal = { kind: 'incompatible', path: 'TLS', message: /on 127.0.0.1:\d+ fails the clients that it has/ }
    const plain = () => ask(world.port, '/', { headers: { host: 'one.test' } })
    await change({})
    t.match(await rejection(change({ TLS })), refusal)
    t.match(await plain(), { text: 'web' })
    await change({ TLS, Hitless: false })
    t.match(await secure(world.port, 'one.test'), { name: 'one.test', answer: 'web' })
    t.match(await rejection(change({ Hitless: true })), refusal)
    t.match(await secure(world.port, 'one.test'), { name: 'one.test', answer: 'web' })
    t.match((await world.proxy.list({})).Routes, [{ Route: { TLS } }])
    await world.proxy.remove({ Name: 'shop', Owner: 'me' })
    await change({})
    t.match(await plain(), { text: 'web' }, 'where there is no route there are no clients')
  },
)

t.test('a route whose certificate cannot be used is refused, and the others serve', { skip }, async (t) => {
  const world = await createWorld(t)
  const folder = await temporaryFolder(t)
  const [one, two] = [makeCertificate(folder, 'one.test'), makeCertificate(folder, 'two.test')]
  const web = await startWebServer(t, 'web')
  await world.serve([web.server])
  const refused = (TLS: { Certificate: string; Key: string }) =>
    rejection(world.proxy.apply({ Route: routeTo(world.port + 1, [web.server], { Name: 'tls', TLS }) }))
  t.match(await refused({ ...one, Key: '/none' }), { kind: 'input', path: 'TLS.Key', message: /cannot use \/none/ })
  t.match(await refused({ ...one, Key: two.Key }), { kind: 'input', path: 'TLS.Key', message: /is not the key of/ })
  t.match(await ask(world.port), { text: 'web' })
})
