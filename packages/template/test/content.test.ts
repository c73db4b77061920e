import { temporaryFolder, waitUntil } from '@infrakit/testing'
import { kindOf, type InfrakitError } from '@infrakit/spi'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { readContent } from '../src/content.js'

async function refusal(work: Promise<unknown>): Promise<InfrakitError> {
  return work.then(
    () => {
      throw new Error('was accepted')
    },
    (error: unknown) => error as InfrakitError,
  )
}

/** Serves on a free port, or on a socket; answers the port. */
async function serve(t: Test, listener: RequestListener, path?: string): Promise<number> {
  const server = createServer(listener)
  server.listen(...((path === undefined ? [0, '127.0.0.1'] : [path]) as [number, string]))
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return path === undefined ? (server.address() as AddressInfo).port : 0
}

const nowhere = { pluginsDir: '/nowhere' }

t.test('str:// is its own content, untouched', async (t) => {
  t.equal(await readContent('str://a%20b\n{{ c }}?d#e', nowhere), 'a%20b\n{{ c }}?d#e')
})

t.test('files', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'init ö.sh')
  await writeFile(path, 'echo ö\n')
  t.equal(await readContent(path, nowhere), 'echo ö\n', 'by path')
  t.equal(await readContent(pathToFileURL(path).href, nowhere), 'echo ö\n', 'by URL')

  await writeFile(join(folder, 'bytes'), Buffer.from([0xff, 0xfe, 0x80]))
  await writeFile(join(folder, 'large'), 'x'.repeat(11))
  await mkdir(join(folder, 'folder'))
  execFileSync('mkfifo', [join(folder, 'pipe')])
  const cases: [string, string, RegExp][] = [
    ['a missing file', join(folder, 'nosuch'), /cannot read '.*nosuch': there is no such file/],
    ['a folder', join(folder, 'folder'), /it is not a file/],
    ['a named pipe', join(folder, 'pipe'), /it is not a file/],
    ['what is not text', join(folder, 'bytes'), /it is not UTF-8 text/],
    ['a file over the limit', join(folder, 'large'), /it is larger than 10 bytes/],
    ['a file URL with a host', 'file://host/x', /it names no absolute path/],
    ['a relative path', 'init.sh', /it is not a URL/],
    ['an unknown scheme', 'ftp://host/x', /scheme 'ftp' is not known/],
  ]
  for (const [name, url, message] of cases) {
    const error = await refusal(readContent(url, { ...nowhere, maxBytes: 10 }))
    t.equal(kindOf(error), 'input', name)
    t.match(error.message, message, name)
    t.equal(error.path, 'Properties.InitScriptTemplateURL', name)
  }
  t.equal(await readContent(join(folder, 'large'), { ...nowhere, maxBytes: 11 }), 'x'.repeat(11), 'at the limit')
})

t.test('http', async (t) => {
  const port = await serve(t, (request, response) => {
    const path = request.url ?? ''
    if (path.startsWith('/ok')) response.end(`${request.method} ${request.headers.authorization ?? '-'}`)
    else if (path === '/moved') response.writeHead(302, { location: '/ok' }).end()
    else if (path === '/round') response.writeHead(302, { location: '/round' }).end()
    else if (path === '/to-file') response.writeHead(302, { location: 'file:///etc/hostname' }).end()
    else if (path === '/endless') response.write('x'.repeat(2 * 1024 * 1024))
    else if (path === '/half')
      response.writeHead(200, { 'content-length': '100' }).write('half', () => request.socket.destroy())
    else if (path === '/stuck') response.write('some')
    else if (path !== '/silent') response.writeHead(Number(path.slice(1))).end('no')
  })
  const base = `http://127.0.0.1:${port}`
  t.equal(await readContent(`${base}/ok`, nowhere), 'GET -', 'content')
  t.equal(await readContent(`${base}/moved`, nowhere), 'GET -', 'a redirect is followed')
  t.equal(
    await readContent(`http://me:secret@127.0.0.1:${port}/ok`, nowhere),
    `GET Basic ${Buffer.from('me:secret').toString('base64')}`,
    'user and password are sent',
  )
  const cases: [string, string, string, RegExp][] = [
    ['a missing page', '404', 'input', /the server answered 404/],
    ['a refused page', '403', 'input', /the server answered 403/],
    ['a failing server', '503', 'unavailable', /the server answered 503/],
    ['a redirect to a file', 'to-file', 'input', /the server answered 302/],
    ['redirects that never end', 'round', 'input', /the server answered 302/],
    ['an endless answer', 'endless', 'input', /it is larger than 1048576 bytes/],
    ['half an answer', 'half', 'unavailable', /cannot read/],
  ]
  for (const [name, path, kind, message] of cases) {
    const error = await refusal(readContent(`${base}/${path}`, nowhere))
    t.equal(kindOf(error), kind, name)
    t.match(error.message, message, name)
  }
  for (const path of ['silent', 'stuck']) {
    const error = await refusal(readContent(`${base}/${path}`, { ...nowhere, timeoutMs: 50 }))
    t.equal(kindOf(error), 'unavailable', path)
    t.match(error.message, /no answer within 50 ms/, path)
  }
})

t.test('a socket that is not there is unavailable', async (t) => {
  const error = await refusal(readContent('unix://nosuch/x', { pluginsDir: await temporaryFolder(t) }))
  t.equal(kindOf(error), 'unavailable')
  t.match(error.message, /cannot read 'unix:\/\/nosuch\/x': ENOENT/)
})

t.test('a port where nobody listens is unavailable', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  const error = await refusal(readContent(`http://127.0.0.1:${port}/`, nowhere))
  t.equal(kindOf(error), 'unavailable')
  t.match(error.message, /ECONNREFUSED/)
})

t.test('unix:// asks the server behind a socket of the plugin folder', async (t) => {
  const pluginsDir = await temporaryFolder(t)
  await serve(t, (request, response) => response.end(`from ${request.url}`), join(pluginsDir, 'scripts'))
  t.equal(await readContent('unix://scripts/a/b?c=d', { pluginsDir }), 'from /a/b?c=d')
})

t.test('a name that leaves the plugin folder is refused', async (t) => {
  t.equal(kindOf(await refusal(readContent('unix://../x', nowhere))), 'input')
})

t.test('user, password and query are not shown', async (t) => {
  const error = await refusal(readContent('ftp://me:canary@host/x?token=canary', nowhere))
  t.match(error.message, "'ftp://host/x?...'")
  t.notMatch(error.message, 'canary')
})

t.test('a caller that stops waiting stops the reading', async (t) => {
  let [asked, closed] = [false, false]
  const port = await serve(t, (request) => {
    asked = true
    request.socket.on('close', () => (closed = true))
  })
  const stop = new AbortController()
  const reading = refusal(readContent(`http://127.0.0.1:${port}/`, { ...nowhere, signal: stop.signal }))
  await waitUntil('the request', () => asked)
  stop.abort()
  await reading
  await waitUntil('the end of the connection', () => closed)
})
