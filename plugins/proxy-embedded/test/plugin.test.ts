import { fileURLToPath } from 'node:url'
import { freePort, rejection, startWebServer, temporaryPlugin, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { workerCount } from '../src/flags.js'
import { ask, routeTo } from './world.js'

const main = fileURLToPath(new URL('../src/main.js', import.meta.url))

t.test('killed and started again it serves what was applied, with what was drained', async (t) => {
  const plugin = await temporaryPlugin(t, main, { args: ['--workers', '2'] })
  const [port, one, two] = [await freePort(), await startWebServer(t, 'one'), await startWebServer(t, 'two')]
  await plugin.call('Proxy.Apply', { Route: routeTo(port, [one.server, two.server]) })
  await plugin.call('Proxy.Drain', { Name: 'shop', Owner: 'me', Server: 'one' })
  for (let at = 0; at < 3; at++) {
    await plugin.kill()
    await waitUntil('its workers to be gone', async () => (await rejection(ask(port))) !== undefined)
    await plugin.start()
    t.equal((await ask(port)).text, 'two')
    t.match(await plugin.call('Proxy.List'), { Routes: [{ Version: 1, Drained: ['one'] }] })
  }
  t.same(await plugin.call('Proxy.Apply', { Route: routeTo(port, [one.server, two.server]) }), {
    Version: 1,
    Changed: false,
  })
})

t.test('it refuses the past, and tells of changes', async (t) => {
  const plugin = await temporaryPlugin(t, main)
  const [port, web] = [await freePort(), await startWebServer(t, 'web')]
  const Route = routeTo(port, [web.server])
  await plugin.call('Proxy.Apply', { Route, Fence: { Scope: 'shop', Epoch: 2 } })
  t.match(
    await rejection(plugin.call('Proxy.Remove', { Name: 'shop', Owner: 'me', Fence: { Scope: 'shop', Epoch: 1 } })),
    {
      message: /epoch 1 of 'shop' is over/,
    },
  )
  t.match(await ask(port), { text: 'web' })
})

t.test('flags that make no sense are refused', async (t) => {
  for (const text of ['0', '-1', 'two', '65', '1.5', ''])
    t.throws(() => workerCount(text), { message: /whole number/ }, text)
  t.equal(workerCount('3'), 3)
})
