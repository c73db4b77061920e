import { setImmediate } from 'node:timers/promises'
import { wordsOf } from './caller.js'
import { sameJson, writeJson } from './json.js'
import { onRegistry } from './on-registry.js'
import { allOf, holds } from './outcome.js'
import type { PluginPromise } from './promise.js'
import { conflict, type RegistryWorld } from './registry-world.js'

const writers = 32

/** Lets others have their turn, also where a plugin answers at once. */
const breathe = () => setImmediate()

/** Each writer adds one, by compare-and-set; whoever reads meanwhile never sees it go back. */
async function checkCompareAndSet(registry: RegistryWorld): Promise<void> {
  const Key = registry.place('count')
  const first = await registry.put(Key, '0')
  const versions = new Map<number, number>([[Number(first.Version), 0]])
  let writing = true

  async function add(): Promise<void> {
    for (;;) {
      await breathe()
      const { entry } = await registry.get(Key)
      const count = Number(entry.Value) + 1
      const request = { Key, Value: String(count), IfVersion: entry.Version }
      const answer = await registry.plugin.ask('Registry.Put', request)
      if (answer.error === undefined) return void versions.set(Number(answer.result.Version), count)
      holds(answer.error.code === conflict, 'a version, or a conflict (-32002)', wordsOf(answer), answer)
    }
  }

  async function read(): Promise<void> {
    let [last, newest] = [-1, 0]
    while (writing) {
      await breathe()
      // What was acknowledged before the call has to be seen by it.
      const acknowledged = Math.max(...versions.values())
      const { entry, answer } = await registry.get(Key)
      const [count, version] = [Number(entry.Value), Number(entry.Version)]
      const forward = count >= last && version >= newest && count >= acknowledged
      holds(forward, `at least ${Math.max(last, acknowledged)}, as was seen before`, writeJson(entry), answer)
      ;[last, newest] = [count, version]
    }
  }

  const all = allOf(Array.from({ length: writers }, add)).finally(() => (writing = false))
  await allOf<unknown>([all, read(), read()])
  const { entry, answer } = await registry.get(Key)
  const wanted = String(writers)
  holds(entry.Value === wanted, `${wanted} after so many additions`, writeJson(entry), answer)
  const inOrder = [...versions].sort(([a], [b]) => a - b).map(([, count]) => count)
  const single = inOrder.length === writers + 1 && inOrder.every((count, index) => count === index)
  holds(single, 'a version of its own for each change, in the order of the changes', inOrder.join(', '), answer)
}

async function checkTransaction(registry: RegistryWorld): Promise<void> {
  const place = registry.place('txn')
  const [kept, made, gone] = ['kept', 'made', 'gone'].map((word) => `${place}/${word}`) as [string, string, string]
  const before = await registry.put(kept, 'before')
  const bystander = await registry.put(gone, 'there')
  const failing = {
    Operations: [
      { Put: { Key: made, Value: 'x' } },
      { Delete: { Key: gone } },
      { Put: { Key: kept, Value: 'x', IfVersion: Number(before.Version) + 1_000_000 } },
    ],
  }
  await registry.refused('Txn', failing, conflict, 'a transaction whose condition does not hold to be a conflict')
  const same = await registry.list(`${place}/`)
  const wanted = [bystander, before]
  holds(sameJson(same.entries, wanted), `still ${writeJson(wanted)}`, writeJson(same.entries), same.answer)
  const done = await registry.plugin.call('Registry.Txn', {
    Operations: [
      { Put: { Key: made, Value: 'm', IfVersion: 0 } },
      { Delete: { Key: gone, IfVersion: bystander.Version } },
      { Check: { Key: `${place}/nobody`, Version: 0 } },
      { Put: { Key: kept, Value: 'k', IfVersion: before.Version } },
    ],
  })
  const { entries, answer } = await registry.list(`${place}/`)
  const values = entries.map(({ Key, Value }) => [Key, Value])
  const after = [
    [kept, 'k'],
    [made, 'm'],
  ]
  holds(sameJson(values, after), writeJson(after), writeJson(values), done, answer)
  const versions = [entries[1]?.Version, entries[0]?.Version]
  const told = `the versions of the puts in their order, ${writeJson(versions)}`
  holds(sameJson(done.result.Versions, versions), told, writeJson(done.result.Versions), done, answer)
}

/** Two keys are always written together: whoever lists sees them alike, whatever else there is between them. */
async function checkMoment(registry: RegistryWorld): Promise<void> {
  const place = registry.place('moment')
  const keys = Array.from({ length: 30 }, (_, index) => `${place}/${String(index).padStart(2, '0')}`)
  const write = (value: number) => {
    const Operations = keys.map((Key) => ({ Put: { Key, Value: String(value) } }))
    return registry.plugin.call('Registry.Txn', { Operations })
  }
  await write(0)
  let writing = true
  const look = async () => {
    while (writing) {
      await breathe()
      const { entries, answer } = await registry.list(`${place}/`)
      const seen = [...new Set(entries.map(({ Value }) => Value))]
      const whole = seen.length === 1 && entries.length === keys.length
      holds(whole, 'all keys with one value, which they always have', `${entries.length} keys: ${seen.join()}`, answer)
    }
  }
  const change = async () => {
    for (let value = 1; value <= 40; value++) {
      await breathe()
      await write(value)
    }
  }
  const changing = change().finally(() => (writing = false))
  await allOf([changing, look(), look(), look()])
}

async function checkMixed(registry: RegistryWorld): Promise<void> {
  const place = registry.place('many')
  const entries = await allOf(
    Array.from({ length: writers * 2 }, (_, index) => registry.put(`${place}/${index}`, `value ${index}`)),
  )
  for (const entry of entries) {
    const found = await registry.get(String(entry.Key))
    holds(sameJson(found.entry, entry), writeJson(entry), writeJson(found.entry), found.answer)
  }
}

export const registryRacePromises: readonly PluginPromise[] = [
  {
    interface: 'Registry',
    name: 'of changes for the same version at the same time one is made, and nobody sees the past',
    why: 'That is what makes many processes agree.',
    check: onRegistry(checkCompareAndSet),
  },
  {
    interface: 'Registry',
    name: 'puts of different keys at the same time do not mix',
    why: 'They may be written together, and are still each their own.',
    check: onRegistry(checkMixed),
  },
  {
    interface: 'Registry',
    name: 'a transaction is done wholly or not at all',
    why: 'A deployment records its colour, scale and release together, or nobody knows what it is.',
    check: onRegistry(checkTransaction),
  },
  {
    interface: 'Registry',
    name: 'a listing is as of one moment',
    why: 'What was never there together must not be read together.',
    check: onRegistry(checkMoment),
  },
]
