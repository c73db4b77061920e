import { fileURLToPath } from 'node:url'
import type { Lease } from '@infrakit/spi'
import { skipFor, temporaryPlugin, waitUntil } from '@infrakit/testing'
import { ownConsul } from '@infrakit/testing/consul'
import t from 'tap'
import { figure, soaked } from './soak.js'

const executable = fileURLToPath(
  new URL('../../../plugins/registry-consul/bin/infrakit-registry-consul.js', import.meta.url),
)
const kills = soaked(2, 20)
const callers = 8

t.setTimeout(600_000)

t.test('the plugin is killed under load, again and again', { skip: skipFor(['consul']) }, async (t) => {
  const [{ address }] = await ownConsul(t)
  const plugin = await temporaryPlugin(t, executable, { args: ['--address', address] })
  const { Lease: lease } = (await plugin.call('Registry.Acquire', {
    Name: 'deploy',
    Owner: 'killer',
    TTLSeconds: 3600,
  })) as { Lease: Lease }
  const acknowledged = new Map<string, unknown>()
  let over = false
  let failed = 0
  const work = async (caller: number) => {
    for (let turn = 0; !over; turn++) {
      const Key = `load/${caller}/${turn}`
      await plugin.call('Registry.Put', { Key, Value: Key, IfVersion: 0, Lease: lease }).then(
        ({ Version }) => acknowledged.set(Key, Version),
        () => failed++,
      )
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const working = Array.from({ length: callers }, (_, caller) => work(caller))
  t.teardown(() => (over = true))
  for (let kill = 0; kill < kills; kill++) {
    const before = acknowledged.size
    await waitUntil('the load to go on', () => acknowledged.size > before + 5 * callers, 60_000)
    await plugin.kill()
    await plugin.start()
    const renewed = (await plugin.call('Registry.Renew', { ...lease })) as { Lease: Lease }
    t.equal(renewed.Lease.Epoch, lease.Epoch, 'the lease is held as before')
  }
  over = true
  await Promise.all(working)
  const { Entries } = (await plugin.call('Registry.List', { Prefix: 'load/' })) as {
    Entries: { Key: string; Version: number }[]
  }
  const found = new Map(Entries.map(({ Key, Version }) => [Key, Version]))
  const lost = [...acknowledged].filter(([key, version]) => found.get(key) !== version)
  t.same(lost, [], `none of ${acknowledged.size} acknowledged changes was lost`)
  t.ok(failed > 0, 'control: it was killed while there was something to do')
  figure('registry-consul killed under load: times, changes acknowledged, lost', `${kills}, ${acknowledged.size}, 0`)
})
