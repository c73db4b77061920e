import { freePort, skipFor, startWebServer, temporaryFolder, waitUntil } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { open, route } from './serve.js'
import { startClients } from './switching.js'

/** What an answer takes (ms): enough for requests to be under way at any moment. */
const answerMs = 15

/** A server that can be told to keep the next answer to a request that must not be sent twice. */
async function startServer(t: Test, name: string) {
  let [wanted, held]: [boolean, (() => void) | undefined] = [false, undefined]
  const server = await startWebServer(t, name, (asked, answer) => {
    asked.resume().once('end', () => {
      if (!wanted || asked.method !== 'POST') return setTimeout(() => answer.end(name), answerMs)
      wanted = false
      held = () => answer.end(name)
    })
  })
  return {
    ...server,
    async hold() {
      wanted = true
      await waitUntil('a request to be held', () => held !== undefined, 60_000)
    },
    letGo: () => held?.(),
  }
}

const skip = skipFor(['nginx'])
const switches = 12
const answersEach = 60

/**
 * Switches between servers under load, while one request is held at the old one. That is ended as soon as its drain has returned,
 * or at once.
 */
async function switchUnderLoad(
  t: Test,
  how: {
    readonly modules?: string
    readonly hitless: boolean
    readonly drains: boolean
    readonly clients: number
    /** How many switches at the most; a control ends with the first failure. */
    readonly most: number
    readonly proves?: boolean
  },
) {
  const { proxy } = await open(t, how.modules === undefined ? {} : { modules: how.modules })
  const port = await freePort()
  const more = { Hitless: how.hitless }
  let now = await startServer(t, 'web-0')
  await proxy.apply({ Route: route(port, [now.server], more) })
  const load = startClients(port, how.clients, (answer) => answer.startsWith('web-'))
  t.teardown(() => load.stop())
  for (let at = 1; at <= how.most && (how.proves || load.failures.length === 0); at++) {
    const [old, next, before] = [now, await startServer(t, `web-${at}`), load.answered + load.failures.length]
    await waitUntil('clients to ask', () => load.answered + load.failures.length >= before + answersEach, 60_000)
    await old.hold()
    await proxy.apply({ Route: route(port, [old.server, next.server], more) })
    await proxy.apply({ Route: route(port, [next.server], more) })
    if (how.drains) {
      const asked = { Name: 'shop', Owner: 'me', Server: old.server.Name }
      t.not((await proxy.drain({ ...asked, TimeoutSeconds: 0 })).InFlight, 0)
      const drained = proxy.drain(asked)
      old.letGo()
      t.match(await drained, { InFlight: 0 })
    }
    await old.end()
    now = next
  }
  await load.stop()
  return load
}

t.test('switches under load fail nothing, though old servers are ended once they are drained', { skip }, async (t) => {
  const { answered, failures } = await switchUnderLoad(t, {
    hitless: true,
    drains: true,
    clients: 16,
    most: switches,
    proves: true,
  })
  t.same(failures, [])
  t.ok(answered > switches * answersEach, `${answered} answers`)
})

t.test('the same without waiting for the drain fails some: the test would see it', { skip }, async (t) => {
  const { failures } = await switchUnderLoad(t, { hitless: true, drains: false, clients: 16, most: 1 })
  t.not(failures.length, 0)
})

t.test('the same by reloading nginx fails some of clients that keep their connection', { skip }, async (t) => {
  const modules = await temporaryFolder(t)
  const { failures } = await switchUnderLoad(t, { modules, hitless: false, drains: true, clients: 32, most: 100 })
  t.not(failures.length, 0)
})
