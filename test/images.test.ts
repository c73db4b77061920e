import { execFile } from 'node:child_process'
import { request as send } from 'node:http'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { rejection, skipFor, startProcess, waitUntil, type Teardown } from '@infrakit/testing'
import { buildImage, testLabel } from './images/build.js'

const run = promisify(execFile)
const main = fileURLToPath(new URL('images/main.js', import.meta.url))
const server = fileURLToPath(new URL('../images/node-server/server.js', import.meta.url))
const needsDocker = { skip: skipFor(['docker', 'busybox']) }

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

function ask(url: string, behave?: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = send(url, { agent: false, method: behave ? 'POST' : 'GET' }, (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, body: JSON.parse(body) as Record<string, unknown> }),
        reject,
      )
    })
    request.on('error', reject)
    request.end(behave && JSON.stringify(behave))
  })
}

/** The server of the image as a process of this machine, on a free port. */
async function started(t: Teardown, env: Record<string, string> = {}) {
  const child = startProcess(t, server, [], { PORT: '0', RELEASE: '7', ...env })
  const [, port] = await waitUntil('the server', () => /listens on (\d+)/.exec(child.output()))
  return { ...child, url: `http://127.0.0.1:${port}` }
}

t.test('builders of the same image do not collide; what is the same is not built again', needsDocker, async (t) => {
  const built = await Promise.all([1, 2, 3].map(() => run(process.execPath, [main, 'busybox', 'node-server'])))
  const names = built.map(({ stdout }) => stdout)
  t.equal(new Set(names).size, 1)
  const image = await buildImage('busybox')
  t.match(names[0], image)
  const { stdout } = await run('docker', ['image', 'inspect', image])
  const [name = '', value] = testLabel.split('=')
  t.match(JSON.parse(stdout), [{ Config: { Labels: { [name]: value } } }])
  t.match(await rejection(run(process.execPath, [main, 'none'])), { stderr: /there are busybox, node-server, machine/ })
})

t.test('the server: release, health, and what it is told', async (t) => {
  const { url, end } = await started(t, { FAIL_PATH: '/bad' })
  t.match(await ask(url), { status: 200, body: { release: '7', hostname: /./ } })
  t.equal((await ask(`${url}/health`)).status, 200)
  t.equal((await ask(`${url}/bad`)).status, 500)
  t.equal((await ask(`${url}/behave`, { sick: true, failPath: '' })).status, 200)
  t.equal((await ask(`${url}/health`)).status, 503)
  t.equal((await ask(`${url}/bad`)).status, 200)
  t.same(await end(), { code: 0, signal: null })
})

t.test('the server ends what it was asked before it ends itself', async (t) => {
  const { url, child, exited } = await started(t, { SLOW_MS: '500' })
  let answered = false
  const asked = ask(url).then((answer) => {
    answered = true
    return answer
  })
  // Health is not slow: what was asked before has arrived.
  await waitUntil('health', async () => (await ask(`${url}/health`)).status === 200)
  t.notOk(answered)
  child.kill('SIGTERM')
  t.equal((await asked).status, 200)
  t.same(await exited, { code: 0, signal: null })
})

t.test('the server crashes when it is told to', async (t) => {
  const { url, exited } = await started(t)
  await ask(`${url}/behave`, { crashAfter: 0 })
  t.same(await exited, { code: 3, signal: null })
})
