import { once } from 'node:events'
import { writeFile, readFile } from 'node:fs/promises'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { startWebServer, temporaryFolder, waitUntil } from '@infrakit/testing'
import t from 'tap'
import type { Told } from '@infrakit/deployment'
import { createNotifier } from '../src/index.js'
import { signature } from '../src/notify/webhook.js'
import { runCommand } from '../src/run-command.js'

const told: Told = {
  event: 'failed',
  service: 'shop',
  message: 'release 7 was taken back: it is not healthy',
  details: { deployment: { ID: 'shop-9' } },
}

function notifier(warned: string[] = [], cwd = '/') {
  const log = { warn: (fields: object, message: string) => void warned.push(`${message} ${JSON.stringify(fields)}`) }
  return createNotifier(log, (command, how) => runCommand(command, { ...how, cwd }), { minTimeout: 10 as 1000 })
}

t.test('a webhook gets JSON with a signature, again until it says yes', async (t) => {
  const folder = await temporaryFolder(t)
  const SecretFile = join(folder, 'secret')
  await writeFile(SecretFile, 'sesame\n')
  const bodies: { body: string; signature: unknown }[] = []
  const web = await startWebServer(t, 'web', (request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      bodies.push({ body: Buffer.concat(pieces).toString(), signature: request.headers['x-infrakit-signature'] })
      response.writeHead(bodies.length < 3 ? 503 : 204).end()
    })
  })
  const URL = `http://127.0.0.1:${web.port}/hook`
  notifier()([{ Webhook: { URL, SecretFile } }, { On: ['succeeded'], Webhook: { URL: `${URL}/never` } }], told)
  await waitUntil('three attempts', () => bodies.length === 3)
  const last = bodies.at(-1)
  t.match(JSON.parse(last?.body ?? ''), {
    event: 'failed',
    service: 'shop',
    message: /not healthy/,
    deployment: { ID: 'shop-9' },
  })
  t.equal(last?.signature, signature(last?.body ?? '', 'sesame'))
  t.notOk(
    web.asked.some(({ url }) => url === '/hook/never'),
    'only what somebody wants to hear',
  )
})

t.test('Slack gets its own JSON', async (t) => {
  let body = ''
  const web = await startWebServer(t, 'web', (request, response) => {
    request.on('data', (piece: Buffer) => (body += piece.toString()))
    request.on('end', () => response.end('ok'))
  })
  notifier()([{ Slack: { URL: `http://127.0.0.1:${web.port}/` } }], told)
  await waitUntil('it to be told', () => body !== '')
  t.same(JSON.parse(body), { text: ':x: *shop* failed: release 7 was taken back: it is not healthy' })
})

t.test('a command has it in its environment; one that fails is logged', async (t) => {
  const folder = await temporaryFolder(t)
  const warned: string[] = []
  const notify = notifier(warned, folder)
  notify([{ Command: ['sh', '-c', 'echo "$INFRAKIT_EVENT $INFRAKIT_SERVICE: $INFRAKIT_MESSAGE" > told'] }], told)
  const read = () => readFile(join(folder, 'told'), 'utf8').catch(() => '')
  await waitUntil('it to have run', async () => (await read()) !== '')
  t.equal(await read(), 'failed shop: release 7 was taken back: it is not healthy\n')
  notify([{ Command: ['sh', '-c', 'echo no; exit 3'] }], told)
  await waitUntil('it to be given up', () => warned.length > 0, 60_000)
  t.match(warned[0], /somebody could not be told .*exited with 3: no/)
})

t.test('a mail goes by SMTP', async (t) => {
  const lines: string[] = []
  const server = createTcpServer((socket) => {
    socket.write('220 here\r\n')
    let data = false
    let rest = ''
    socket.on('error', () => undefined)
    socket.on('data', (piece) => {
      const all = `${rest}${piece.toString()}`.split('\r\n')
      rest = all.pop() ?? ''
      for (const line of all) {
        lines.push(line)
        if (data && line !== '.') continue
        data = /^data$/i.test(line)
        socket.write(data ? '354 go on\r\n' : /^quit/i.test(line) ? '221 bye\r\n' : '250 fine\r\n')
      }
    })
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const Server = `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`
  notifier()([{ Mail: { Server, From: 'infrakit@example.com', To: ['ops@example.com'] } }], told)
  await waitUntil('the mail', () => lines.includes('.'))
  t.match(lines.join('\n'), /RCPT TO:<ops@example\.com>[\s\S]*Subject: shop: failed[\s\S]*it is not healthy/)
})
