import { sameJson, writeJson } from './json.js'
import { onRegistry } from './on-registry.js'
import { holds } from './outcome.js'
import type { PluginPromise } from './promise.js'
import { conflict, input, type RegistryWorld } from './registry-world.js'

const longestKey = 400
const longestValue = 256 * 1024

async function checkKept(registry: RegistryWorld): Promise<void> {
  const place = registry.place('kept')
  const values = [
    '',
    'blue',
    ' "quotes"\n\ttabs \u0000 ',
    'grün 緑 🟢',
    '{"n":9007199254740993}',
    'x'.repeat(longestValue),
  ]
  for (const [index, Value] of values.entries()) {
    const Key = `${place}/ü ${index}`
    const { Version } = await registry.put(Key, Value)
    const { entry, answer } = await registry.get(Key)
    const wanted = { Key, Value, Version }
    holds(sameJson(entry, wanted), writeJson(wanted).slice(0, 200), writeJson(entry).slice(0, 200), answer)
    await registry.plugin.call('Registry.Delete', { Key })
    const gone = await registry.get(Key)
    holds(gone.answer.result.Entry == null, `no entry ${Key} after it was deleted`, writeJson(gone.entry), gone.answer)
  }
  const none = await registry.plugin.call('Registry.Delete', { Key: `${place}/nobody` })
  holds(none.error === undefined, 'the deletion of a key that is not there to be no error', 'an error', none)
}

async function checkVersions(registry: RegistryWorld): Promise<void> {
  const Key = registry.place('versions')
  const versions: number[] = []
  for (const change of ['put', 'put the same', 'put', 'delete and put', 'put']) {
    if (change.startsWith('delete')) await registry.plugin.call('Registry.Delete', { Key })
    versions.push(Number((await registry.put(Key, change === 'put the same' ? 'put' : change)).Version))
  }
  const { entry, answer } = await registry.get(Key)
  const grows = versions.every((version, index) => version > (versions[index - 1] ?? 0))
  holds(grows, 'versions that grow with each change, none of them 0', versions.join(', '), answer)
  holds(entry.Version === versions.at(-1), `the version ${versions.at(-1)}`, writeJson(entry), answer)
}

async function checkConditions(registry: RegistryWorld): Promise<void> {
  const Key = registry.place('condition')
  const none = registry.place('nobody')
  const first = await registry.put(Key, 'first', { IfVersion: 0 })
  const second = await registry.put(Key, 'second', { IfVersion: first.Version })
  const wrong: [what: string, method: string, params: object][] = [
    ['a put for a version that is over', 'Put', { Key, Value: 'x', IfVersion: first.Version }],
    ['a put only where there is no key', 'Put', { Key, Value: 'x', IfVersion: 0 }],
    ['a put for a version that never was', 'Put', { Key: none, Value: 'x', IfVersion: second.Version }],
    ['a deletion for a version that is over', 'Delete', { Key, IfVersion: first.Version }],
    ['a deletion for a version of no key', 'Delete', { Key: none, IfVersion: second.Version }],
    ['a check for a version that is over', 'Txn', { Operations: [{ Check: { Key, Version: first.Version } }] }],
  ]
  for (const [what, method, params] of wrong) {
    await registry.refused(method, { ...params }, conflict, `${what} to be a conflict (-32002)`)
    const { entry, answer } = await registry.get(Key)
    holds(sameJson(entry, second), `${writeJson(second)} after ${what}`, writeJson(entry), answer)
    const absent = await registry.get(none)
    holds(absent.answer.result.Entry == null, `no key after ${what}`, writeJson(absent.entry), absent.answer)
  }
  await registry.plugin.call('Registry.Delete', { Key, IfVersion: second.Version })
}

async function checkListing(registry: RegistryWorld): Promise<void> {
  const place = registry.place('list')
  // By their bytes 'ﬁ' comes before '🟢'; by the units of UTF-16 it does not.
  const keys = ['a', 'a/b', 'a/c', 'a-b', 'ab', 'b', 'ü', 'ﬁ', '🟢'].map((word) => `${place}/${word}`)
  for (const key of keys.toReversed()) await registry.put(key, key)
  for (const [prefix, words] of [
    [`${place}/`, ['a', 'a-b', 'a/b', 'a/c', 'ab', 'b', 'ü', 'ﬁ', '🟢']],
    [`${place}/a`, ['a', 'a-b', 'a/b', 'a/c', 'ab']],
    [`${place}/a/`, ['a/b', 'a/c']],
    [`${place}/zzz`, []],
  ] as const) {
    const wanted = words.map((word) => `${place}/${word}`)
    const { entries, answer } = await registry.list(prefix)
    const found = entries.map(({ Key }) => Key)
    holds(sameJson(found, wanted), `below '${prefix}': ${wanted.join(', ')}`, found.join(', '), answer)
    const right = entries.every(({ Key, Value }) => Key === Value)
    holds(right, 'each key with its own value', writeJson(entries), answer)
  }
  const { entries, answer } = await registry.list('')
  const all = keys.every((key) => entries.some(({ Key }) => Key === key))
  holds(all, `all keys without a prefix`, `${entries.length} keys without some of them`, answer)
}

async function checkLimits(registry: RegistryWorld): Promise<void> {
  const place = registry.place('wrong')
  const put = (Key: string, Value: unknown = 'x') => ({ Put: { Key, Value } })
  const many = (count: number) => Array.from({ length: count }, (_, index) => put(`${place}/${index}`))
  const half = 'x'.repeat(longestValue / 2 + 1)
  const wrong: [what: string, method: string, params: object][] = [
    ['an empty key', 'Put', { Key: '', Value: 'x' }],
    ['a key with an empty word', 'Put', { Key: `${place}//x`, Value: 'x' }],
    ['a key with a control character', 'Put', { Key: `${place}/\n`, Value: 'x' }],
    ['a key that is too long', 'Put', { Key: `${place}/${'x'.repeat(longestKey)}`, Value: 'x' }],
    ['a value that is no text', 'Put', { Key: place, Value: 7 }],
    ['a value that is too large', 'Put', { Key: place, Value: 'x'.repeat(longestValue + 1) }],
    ['a transaction of nothing', 'Txn', { Operations: [] }],
    ['a transaction with a key twice', 'Txn', { Operations: [put(place), put(place)] }],
    ['a transaction of 61 operations', 'Txn', { Operations: many(61) }],
    ['a transaction that is too large', 'Txn', { Operations: [put(`${place}/1`, half), put(`${place}/2`, half)] }],
    ['a lease of no time', 'Acquire', { Name: place, Owner: 'verify', TTLSeconds: 0 }],
    ['a lease of nobody', 'Acquire', { Name: place, Owner: '' }],
    ['a service without an address', 'Register', { Service: { Name: 'x', ID: 'x', Address: '', Port: 1 } }],
    ['a service with a wrong port', 'Register', { Service: { Name: 'x', ID: 'x', Address: 'a', Port: 70_000 } }],
  ]
  for (const [what, method, params] of wrong) {
    await registry.refused(method, { ...params }, input, `${what} to be refused as input (-32602)`)
  }
  const { entries, answer } = await registry.list(place)
  holds(entries.length === 0, 'nothing of what was refused', writeJson(entries).slice(0, 200), answer)
  await registry.plugin.call('Registry.Txn', { Operations: many(60) })
}

export const registryKeyPromises: readonly PluginPromise[] = [
  {
    interface: 'Registry',
    name: 'what was put is there at once as it was given, until it is deleted',
    why: 'Whoever got an answer goes on from it.',
    check: onRegistry(checkKept),
  },
  {
    interface: 'Registry',
    name: 'a version grows with each change, also when the key is deleted and made again',
    why: 'A version that comes back makes an old decision look like a new one.',
    check: onRegistry(checkVersions),
  },
  {
    interface: 'Registry',
    name: 'a change for another version is refused as conflict, and changes nothing',
    why: 'Two that decide at the same time must not undo each other.',
    check: onRegistry(checkConditions),
  },
  {
    interface: 'Registry',
    name: 'a listing has what begins with the prefix, in the order of the bytes',
    why: 'What is left out of a listing is taken for deleted.',
    check: onRegistry(checkListing),
  },
  {
    interface: 'Registry',
    name: 'what is wrong or too large is refused as input, and nothing of it is done',
    why: 'The limits are those of every registry; who keeps to them can go to another one.',
    check: onRegistry(checkLimits),
  },
]
