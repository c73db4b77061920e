import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fenceInterface, registryInterface, type Registry } from '@infrakit/spi'
import { rejection, waitUntil } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { mountSmallDisk, whereMountsAreAllowed, type SmallDisk } from './environment/small-disk.js'
import { createWorld, type World } from './faults/world.js'

const name = 'registry-embedded'
const writers = 32
const forgetful = new URL('../../plugins/registry-embedded/dist/test/fixtures/forgetful-main.js', import.meta.url)
const full = { kind: 'plugin-failed', message: /cannot write .*registry-embedded: ENOSPC/, hint: /Free some space/ }

/** A long text of its own for each key, which no database makes shorter. */
function valueOf(key: string): string {
  const parts = Array.from({ length: 60 }, (_, index) =>
    createHash('sha512').update(`${key} ${index}`).digest('base64'),
  )
  return parts.join('')
}

/** @param spared blocks of 4 KiB that are left on the disk */
async function createSmallWorld(t: Test, spared: number, script?: URL): Promise<{ world: World; disk: SmallDisk }> {
  const world = await createWorld(t, script ? { always: { [name]: { script } } } : {})
  const disk = mountSmallDisk(t, join(world.home, 'state', name), 24 * 1024)
  await world.start(name)
  disk.fill(spared)
  return { world, disk }
}

const registryOf = (world: World) => world.plugins.get(registryInterface, name)

/** Writers that go on until they are refused, or the plugin is gone. */
async function writeUntilRefused(registry: Registry): Promise<{ acknowledged: Set<string>; errors: unknown[] }> {
  const acknowledged = new Set<string>()
  const errors: unknown[] = []
  const write = async (writer: number) => {
    for (let index = 0; ; index++) {
      const Key = `${writer}/${index}`
      const error = await rejection(registry.put({ Key, Value: valueOf(Key) }))
      if (error !== undefined) return void errors.push(error)
      acknowledged.add(Key)
    }
  }
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
  return { acknowledged, errors }
}

async function lost(world: World, acknowledged: ReadonlySet<string>): Promise<string[]> {
  const { Entries } = await (await registryOf(world)).list({ Prefix: '' })
  const found = new Map(Entries.map(({ Key, Value }) => [Key, Value]))
  return [...acknowledged].filter((key) => found.get(key) !== valueOf(key))
}

async function restart(world: World): Promise<void> {
  await world.kill(name)
  await world.start(name)
}

t.setTimeout(200_000)

whereMountsAreAllowed(t, import.meta.url, () => {
  t.test(
    'a disk that gets full under load: nothing acknowledged is lost, and it goes on when there is room',
    async (t) => {
      const { world, disk } = await createSmallWorld(t, 2000)
      const registry = await registryOf(world)
      await registry.put({ Key: 'before', Value: 'x' })
      const { Lease } = await registry.acquire({ Name: 'lease', Owner: 'me', TTLSeconds: 600 })
      const { acknowledged, errors } = await writeUntilRefused(registry)
      t.ok(acknowledged.size > 100, `${acknowledged.size} were acknowledged`)
      for (const error of errors) t.match(error, full)

      await t.test('while it is full, writes are refused and reads are not', async (t) => {
        disk.fill()
        // All at once are looked after at once: one that fails before it is its turn would be nobody's.
        const changes = [
          registry.put({ Key: 'more', Value: 'x' }),
          registry.delete({ Key: 'before' }),
          registry.renew(Lease),
          registry.register({ Service: { Name: 's', ID: 's', Address: 'a', Port: 1 } }),
        ]
        for (const error of await Promise.all(changes.map(rejection))) t.match(error, full)
        t.match((await registry.get({ Key: 'before' })).Entry, { Value: 'x' })
        t.match((await registry.holder(Lease)).Lease, { Owner: 'me' })
        t.same(await lost(world, acknowledged), [])
        const fence = await world.plugins.get(fenceInterface, name)
        t.match(await rejection(fence.raise({ Scope: 's', Epoch: 1 })), { kind: 'plugin-failed', message: /ENOSPC/ })
      })

      await t.test('after kill -9 on the full disk it starts, with all that was acknowledged', async (t) => {
        await restart(world)
        t.same(await lost(world, acknowledged), [])
        t.match((await registry.holder(Lease)).Lease, { Epoch: Lease.Epoch })
        t.match(await rejection(registry.put({ Key: 'more', Value: 'x' })), full)
        t.notOk((await registry.get({ Key: 'more' })).Entry, 'what was refused is not there')
      })

      await t.test('with room again it takes writes, without being told', async (t) => {
        disk.free()
        const keys = [...acknowledged]
        const put = () => registry.put({ Key: 'more', Value: 'x' }).then(() => true)
        await waitUntil('a put to be taken', put, 30_000)
        await registry.delete({ Key: keys[0] ?? '' })
        await restart(world)
        t.same(await lost(world, new Set(keys.slice(1))), [])
        t.match((await registry.get({ Key: 'more' })).Entry, { Value: 'x' })
      })
    },
  )

  t.test('kill -9 at the moment when the disk gets full: nothing acknowledged is lost', async (t) => {
    const { world } = await createSmallWorld(t, 2000)
    const registry = await registryOf(world)
    const acknowledged = new Set<string>()
    let killing: Promise<void> | undefined
    const write = async (writer: number) => {
      for (let index = 0; killing === undefined; index++) {
        const Key = `${writer}/${index}`
        const error = await rejection(registry.put({ Key, Value: valueOf(Key) }))
        if (error === undefined) acknowledged.add(Key)
        else killing ??= world.kill(name)
      }
    }
    await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
    await killing
    await world.start(name)
    t.ok(acknowledged.size > 100)
    t.same(await lost(world, acknowledged), [])
  })

  t.test('control: a registry that answers before it has written loses some', async (t) => {
    const { world, disk } = await createSmallWorld(t, 500, forgetful)
    const registry = await registryOf(world)
    const acknowledged = new Set<string>()
    for (let index = 0; index < 1500; index++) {
      const Key = `0/${index}`
      const error = await rejection(registry.put({ Key, Value: valueOf(Key) }))
      if (error !== undefined) break
      acknowledged.add(Key)
    }
    await restart(world).catch(() => undefined)
    disk.free()
    await restart(world)
    t.ok((await lost(world, acknowledged)).length > 0)
  })
})
