import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { messageOf, type LeaseToken, type Registry } from '@infrakit/spi'
import { temporaryFolder } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { serve } from '../support.js'

const long = process.env['INFRAKIT_SOAK'] === '1'
const kills = long ? 100 : 4

t.setTimeout(long ? 1_800_000 : 300_000)

const writers = 8
const forgetful = fileURLToPath(new URL('../fixtures/forgetful-main.js', import.meta.url))

/** What callers were told, over all lives of the plugin. */
interface Told {
  /** The last number that each key was acknowledged with. */
  readonly values: Map<string, number>
  readonly epochs: number[]
  acknowledged: number
}

/** Writes until the plugin is gone: keys alone, pairs of keys in transactions, and a lease that changes hands. */
async function load(registry: Registry, told: Told): Promise<void> {
  const isGone = (error: unknown) => ['unavailable', 'timeout'].includes((error as { kind: string }).kind)

  async function untilGone(step: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await step()
        told.acknowledged++
      } catch (error) {
        if (isGone(error)) return
        throw error
      }
    }
  }

  const next = (key: string) => (told.values.get(key) ?? 0) + 1
  const single = (writer: number) => async () => {
    const [Key, number] = [`single/${writer}`, next(`single/${writer}`)]
    await registry.put({ Key, Value: String(number) })
    told.values.set(Key, number)
  }
  const pair = (writer: number) => async () => {
    const keys = [`pair/${writer}/a`, `pair/${writer}/b`]
    const number = next(keys[0] ?? '')
    await registry.txn({ Operations: keys.map((Key) => ({ Put: { Key, Value: String(number) } })) })
    for (const key of keys) told.values.set(key, number)
  }
  const lease = async () => {
    const { Lease } = await registry.acquire({ Name: 'lease', Owner: 'me' })
    told.epochs.push(Lease.Epoch)
  }
  const crowd = Array.from({ length: writers }, (_, writer) => [untilGone(single(writer)), untilGone(pair(writer))])
  await Promise.all([...crowd.flat(), untilGone(lease)])
}

/** What was acknowledged and is not there, and pairs of which one half is. */
async function findLosses(registry: Registry, { values }: Told): Promise<string[]> {
  const { Entries } = await registry.list({ Prefix: '' })
  const found = new Map(Entries.map(({ Key, Value }) => [Key, Number(Value)]))
  const lost = [...values].filter(([key, number]) => (found.get(key) ?? 0) < number).map(([key]) => `${key} is lost`)
  const halves = [...found].filter(([key, value]) => key.endsWith('/a') && found.get(key.replace(/a$/, 'b')) !== value)
  return [...lost, ...halves.map(([key]) => `${key} is half a pair`)]
}

async function killAgainAndAgain(t: Test, times: number, script?: string): Promise<{ told: Told; wrong: string[] }> {
  const home = await temporaryFolder(t)
  const told: Told = { values: new Map(), epochs: [], acknowledged: 0 }
  const held: LeaseToken = { Name: 'held', Epoch: 0 }
  const wrong: string[] = []
  for (let life = 0; ; life++) {
    const { started, registry, client } = await serve(t, home, script === undefined ? {} : { script })
    wrong.push(...(await findLosses(registry, told)))
    if (life === 0)
      held.Epoch = (await registry.acquire({ Name: held.Name, Owner: 'me', TTLSeconds: 3600 })).Lease.Epoch
    else await registry.renew(held).catch((error: unknown) => wrong.push(messageOf(error)))
    if (life === times) return { told, wrong }
    // What is there is what counts from now on: a change that was under way may have been made.
    const { Entries } = await registry.list({ Prefix: '' })
    for (const { Key, Value } of Entries) told.values.set(Key, Number(Value))
    const before = told.acknowledged
    const loading = load(registry, told)
    while (told.acknowledged < before + writers) await sleep(5)
    await sleep(Math.random() * 80)
    await started.end('SIGKILL')
    await loading
    client.close()
  }
}

t.test(
  `kill -9 under load, ${kills} times: nothing acknowledged is lost, a lease is held, no epoch is given twice`,
  async (t) => {
    const { told, wrong } = await killAgainAndAgain(t, kills)
    t.same(wrong, [])
    t.ok(told.acknowledged >= kills * writers, `${told.acknowledged} changes were acknowledged`)
    t.equal(new Set(told.epochs).size, told.epochs.length)
    t.same(
      told.epochs,
      told.epochs.toSorted((a, b) => a - b),
      'they only grow',
    )
  },
)

t.test('control: a registry that answers before it has written loses some', async (t) => {
  const { wrong } = await killAgainAndAgain(t, 1, forgetful)
  t.ok(wrong.some((one) => one.endsWith('is lost')))
})
