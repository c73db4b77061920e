import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rejection } from '@infrakit/testing'
import t from 'tap'
import { fenceInterface, lifecycleInterface } from '@infrakit/spi'
import { clientFor, runMain } from './support.js'

t.test('a fenced plugin refuses the past, also after kill -9', async (t) => {
  const first = await runMain(t, [], { main: 'fenced-main' })
  await first.line('listening')
  const client = clientFor(t, first.plugins, 'fenced')
  t.ok(await client.implements(fenceInterface))
  await client.bind(fenceInterface).raise({ Scope: 's', Epoch: 2 ** 40 })
  await first.end('SIGKILL')

  const second = await runMain(t, [], { main: 'fenced-main', home: first.home })
  await second.line('listening')
  const lifecycle = client.bind(lifecycleInterface)
  const old = lifecycle.start({ Instance: 'x', Fence: { Scope: 's', Epoch: 2 ** 40 - 1 } })
  t.match(await rejection(old), { kind: 'conflict', hint: /taken over/ })
  await t.resolves(lifecycle.start({ Instance: 'x', Fence: { Scope: 's', Epoch: 2 ** 40 } }))
  await t.resolves(lifecycle.start({ Instance: 'x' }), 'without a token it is allowed')
})

t.test('raising over the socket answers once older calls have ended', async (t) => {
  const plugin = await runMain(t, [], { main: 'fenced-main' })
  await plugin.line('listening')
  const client = clientFor(t, plugin.plugins, 'fenced')
  const go = join(plugin.home, 'go')
  const order: string[] = []
  const stop = client.bind(lifecycleInterface).stop({ Instance: go, Fence: { Scope: 's', Epoch: 1 } })
  const stopped = stop.then(() => order.push('call'))
  await plugin.line('waiting')
  const raised = client.bind(fenceInterface).raise({ Scope: 's', Epoch: 2 })
  const done = raised.then(() => order.push('raise'))
  await client.bind(fenceInterface).raise({ Scope: 'other', Epoch: 1 })
  t.same(order, [])
  writeFileSync(go, '')
  await Promise.all([stopped, done])
  t.same(order.toSorted(), ['call', 'raise'])
})

t.test('control: without fence nothing is refused, and Fence is not offered', async (t) => {
  const plugin = await runMain(t)
  await plugin.line('listening')
  const client = clientFor(t, plugin.plugins, 'sample')
  t.notOk(await client.implements(fenceInterface))
  const lifecycle = client.bind(lifecycleInterface)
  await lifecycle.start({ Instance: 'x', Fence: { Scope: 's', Epoch: 2 } })
  await t.resolves(lifecycle.start({ Instance: 'x', Fence: { Scope: 's', Epoch: 1 } }))
})

t.test('an epoch file that cannot be read: it does not start, and says what to do', async (t) => {
  const first = await runMain(t, [], { main: 'fenced-main' })
  await first.line('listening')
  await clientFor(t, first.plugins, 'fenced').bind(fenceInterface).raise({ Scope: 's', Epoch: 1 })
  await first.end()
  const file = join(first.home, 'state', 'fenced', 'fence', 's.json')
  writeFileSync(file, '')
  const second = await runMain(t, [], { main: 'fenced-main', home: first.home })
  t.equal((await second.exited).code, 1)
  t.match(second.output(), `infrakit-fenced: cannot read ${file}: its content is damaged`)
  t.match(second.output(), 'move it away')
})

t.test('a scope that cannot name a file is bad input', async (t) => {
  const plugin = await runMain(t, [], { main: 'fenced-main' })
  await plugin.line('listening')
  const fence = clientFor(t, plugin.plugins, 'fenced').bind(fenceInterface)
  for (const Scope of ['\ud800', 'é'.repeat(34)]) {
    t.match(await rejection(fence.raise({ Scope, Epoch: 1 })), { kind: 'input', path: 'Scope' })
  }
  await t.resolves(fence.raise({ Scope: 'é'.repeat(33), Epoch: 1 }))
  t.notMatch(plugin.output(), /"level":"error"/)
})
