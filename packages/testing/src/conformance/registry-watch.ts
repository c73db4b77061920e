import { readJson, rowOf, writeJson } from './json.js'
import { onRegistry } from './on-registry.js'
import { eventually, holds } from './outcome.js'
import type { PluginPromise } from './promise.js'
import { Watcher } from './registry-watcher.js'
import type { RegistryWorld } from './registry-world.js'

const changes = 24

/** The last change before a connection is broken, and the first while it is, are those that are easily missed. */
async function checkWatch(registry: RegistryWorld): Promise<void> {
  const Key = registry.place('watched')
  let seen = ''
  const watcher = new Watcher(registry, `registry/keys/${registry.root}`, async () => {
    const { entry } = await registry.get(Key)
    seen = String(entry.Value ?? '')
  })
  await watcher.connect()
  try {
    for (let change = 1; change <= changes; change++) {
      if (change % 6 === 0) await watcher.disconnect()
      const Value = `value ${change}`
      await registry.put(Key, Value)
      if (change % 6 === 0) await watcher.connect()
      const told = 'a watcher that looks after each connect and each event to see'
      await watcher.sees(
        `${told} '${Value}'`,
        () => `'${seen}'`,
        () => seen === Value,
      )
    }
    await registry.plugin.call('Registry.Delete', { Key })
    await watcher.sees(
      'a deletion to be told',
      () => `'${seen}'`,
      () => seen === '',
    )
    await registry.plugin.call('Registry.Txn', { Operations: [{ Put: { Key, Value: 'by transaction' } }] })
    await watcher.sees(
      'a transaction to be told',
      () => `'${seen}'`,
      () => seen === 'by transaction',
    )
  } finally {
    await watcher.disconnect()
  }
}

async function checkTopics(registry: RegistryWorld): Promise<void> {
  const Key = registry.place('topic/key')
  const Name = registry.place('topic/lease')
  const service = registry.serviceName()
  const topics = [`registry/keys/${Key}`, `registry/leases/${Name}`, `registry/services/${service}`]
  const watcher = new Watcher(registry, 'registry', async () => undefined)
  const heard = () => watcher.heard.map((text) => rowOf(readJson(text)))
  const count = (topic: string) => heard().filter(({ Topic }) => Topic === topic).length
  const told = (topic: string, what: string, atLeast: number) =>
    eventually(registry.patienceMs, async () =>
      holds(count(topic) >= atLeast, `an event on ${topic} after ${what}`, `${count(topic)}`, watcher.shown()),
    )
  const [ofKey, ofLease, ofService] = topics as [string, string, string]
  await watcher.connect()
  try {
    await registry.put(Key, 'x')
    await told(ofKey, 'a put', 1)
    const lease = await registry.acquire(Name, 'verify')
    await told(ofLease, 'it was acquired', 1)
    const before = count(ofLease)
    await registry.plugin.call('Registry.Release', { Name, Epoch: lease.Epoch })
    await told(ofLease, 'it was released', before + 1)
    await registry.register({ Name: service, ID: service, Address: '127.0.0.1', Port: 1 })
    await told(ofService, 'it was registered', 1)
    const entered = count(ofService)
    await registry.plugin.call('Registry.Deregister', { ID: service })
    await told(ofService, 'it was deregistered', entered + 1)
  } finally {
    await watcher.disconnect()
  }
  for (const event of heard()) {
    const whole = ['Topic', 'Type', 'ID', 'Message'].every((field) => typeof event[field] === 'string')
    holds(whole, 'events with Topic, Type, ID and Message', writeJson(event), watcher.shown())
  }
}

export const registryWatchPromises: readonly PluginPromise[] = [
  {
    interface: 'Registry',
    name: 'a watcher that looks after each connect and each event misses nothing',
    why: 'A watcher does not ask again and again: what it is not told it never learns.',
    check: onRegistry(checkWatch),
  },
  {
    interface: 'Registry',
    name: 'changes of keys, leases and services are told, each on its topic',
    why: 'Whoever waits for one thing does not listen to all.',
    check: onRegistry(checkTopics),
  },
]
