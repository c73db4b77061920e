import type { IncomingMessage } from 'node:http'
import t from 'tap'
import { toClient, toServer } from '../src/worker/headers.js'

/** A request as Node reads it. */
function request(rawHeaders: string[]): IncomingMessage {
  const headers: Record<string, string> = {}
  for (let at = 0; at < rawHeaders.length; at += 2)
    headers[(rawHeaders[at] ?? '').toLowerCase()] = rawHeaders[at + 1] ?? ''
  return { rawHeaders, headers } as unknown as IncomingMessage
}
const client = { address: '192.0.2.7', proto: 'http' } as const

function sent(...rawHeaders: string[]): Record<string, string> {
  const flat = toServer(request(rawHeaders), 'shop.test:8080', client)
  return Object.fromEntries(
    flat.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), flat[at + 1] ?? '']] : [])),
  )
}

t.test('a server is told who asked, for which host and how', async (t) => {
  t.same(sent('Host', 'shop.test:8080', 'Accept', '*/*'), {
    host: 'shop.test:8080',
    accept: '*/*',
    'x-forwarded-for': '192.0.2.7',
    'x-forwarded-host': 'shop.test:8080',
    'x-forwarded-proto': 'http',
    forwarded: 'for=192.0.2.7;host="shop.test:8080";proto=http',
  })
})

t.test('what the request says of that itself stands before what the proxy saw', async (t) => {
  t.match(sent('X-Forwarded-For', '1.2.3.4', 'Forwarded', 'for=1.2.3.4', 'X-Forwarded-Proto', 'https'), {
    'x-forwarded-for': '1.2.3.4, 192.0.2.7',
    forwarded: /^for=1\.2\.3\.4, for=192\.0\.2\.7;/,
    'x-forwarded-proto': 'http',
  })
})

t.test('an IPv6 address is written as RFC 7239 wants it', async (t) => {
  const flat = toServer(request([]), 'h', { address: '2001:db8::1', proto: 'https' })
  t.ok(flat.includes('for="[2001:db8::1]";host="h";proto=https'))
})

t.test('what holds for one connection is not passed on', async (t) => {
  const names = Object.keys(
    sent(
      ...[
        'Connection',
        'keep-alive, X-Mine',
        'X-Mine',
        '1',
        'Keep-Alive',
        'timeout=5',
        'TE',
        'trailers',
        'Trailer',
        'X',
      ],
      ...['Transfer-Encoding', 'chunked', 'Upgrade', 'h2c', 'HTTP2-Settings', 'AAMA', 'Proxy-Authorization', 'x'],
      ...['Proxy-Connection', 'keep-alive', 'Expect', '100-continue', 'Content-Length', '3', 'Cookie', 'a=b'],
    ),
  )
  t.same(names.sort(), ['cookie', 'forwarded', 'host', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'])
})

t.test('Connection cannot take away what the proxy says, nor the host', async (t) => {
  t.match(sent('Connection', 'host, x-forwarded-for, forwarded', 'Host', 'shop.test:8080'), {
    host: 'shop.test:8080',
    'x-forwarded-for': '192.0.2.7',
    forwarded: /for=192/,
  })
})

t.test('of an answer too; and whether its connection can be used again, and how long', async (t) => {
  const flat = (...parts: string[]) => parts
  t.same(toClient(flat('Set-Cookie', 'a', 'set-cookie', 'b', 'Connection', 'X-Mine', 'X-Mine', '1')), {
    headers: ['Set-Cookie', 'a', 'set-cookie', 'b'],
    keepsAlive: true,
    promisedMs: 0,
  })
  t.match(toClient(flat('Keep-Alive', 'timeout=5, max=100')), { promisedMs: 5000, headers: [] })
  t.match(toClient(flat('Connection', 'Close')), { keepsAlive: false })
  t.match(toClient(flat('Connection', 'x-closed')), { keepsAlive: true })
})
