import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { rejection, temporaryFolder } from '@infrakit/testing'
import { FenceKeeper } from '../src/index.js'

const token = (Epoch: number, Scope = 's') => ({ Scope, Epoch })
const done = async () => 'done'

/** Work that ends when told to. */
function work() {
  let end = () => {}
  let fail = (_: Error) => {}
  const ended = new Promise<void>((resolve, reject) => {
    end = resolve
    fail = reject
  })
  return { run: () => ended, end, fail }
}

/** Whether a promise has settled once everything that could be done has been done. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  const note = () => (done = true)
  promise.then(note, note)
  for (let i = 0; i < 200 && !done; i++) await new Promise((resolve) => setImmediate(resolve))
  return done
}

t.test('calls without a token, of the epoch, and of a newer one are done; older ones are refused', async (t) => {
  const keeper = await FenceKeeper.open(await temporaryFolder(t))
  await keeper.raise(token(5))
  for (const given of [undefined, null, token(5), token(6)]) t.equal(await keeper.run(given, done), 'done')
  let ran = false
  const error = await rejection(keeper.run(token(5), async () => (ran = true)))
  t.match(error, { kind: 'conflict', message: "epoch 5 of 's' is over; it is epoch 6 now", hint: /taken over/ })
  t.notOk(ran, 'nothing of it was done')
})

t.test('scopes do not touch each other', async (t) => {
  const keeper = await FenceKeeper.open(await temporaryFolder(t))
  await keeper.raise(token(9))
  t.equal(await keeper.run(token(1, 'other/__proto__ ä'), done), 'done')
})

t.test('raising: the same epoch is fine, a smaller one is a conflict', async (t) => {
  const keeper = await FenceKeeper.open(await temporaryFolder(t))
  await keeper.raise(token(2))
  await keeper.raise(token(2))
  t.match(await rejection(keeper.raise(token(1))), { kind: 'conflict' })
})

t.test('raising waits for older calls of the scope, not for others, and also when they fail', async (t) => {
  const keeper = await FenceKeeper.open(await temporaryFolder(t))
  const [older, other, newer, free] = [work(), work(), work(), work()]
  const calls = [
    keeper.run(token(1), older.run),
    keeper.run(token(1, 'other'), other.run),
    keeper.run(token(2), newer.run),
    keeper.run(null, free.run),
  ]
  calls.forEach((call) => void call.catch(() => undefined))
  t.notOk(await settled(Promise.race(calls)))
  const raise = keeper.raise(token(2))
  t.notOk(await settled(raise))
  t.match(await rejection(keeper.run(token(1), done)), { kind: 'conflict' }, 'no older call begins meanwhile')
  older.fail(new Error('failed'))
  t.ok(await settled(raise))
  for (const one of [other, newer, free]) one.end()
  await Promise.allSettled(calls)
})

t.test('epochs outlive the process, also those that came with a call', async (t) => {
  const folder = await temporaryFolder(t)
  const first = await FenceKeeper.open(folder)
  await first.raise(token(3, 'raised'))
  await first.run(token(4, 'called'), done)
  const second = await FenceKeeper.open(folder)
  t.match(await rejection(second.run(token(2, 'raised'), done)), { kind: 'conflict' })
  t.match(await rejection(second.run(token(3, 'called'), done)), { kind: 'conflict' })
  t.equal(await second.run(token(3, 'raised'), done), 'done')
})

t.test('many at once: once a newer epoch was accepted, no older call begins', async (t) => {
  const keeper = await FenceKeeper.open(await temporaryFolder(t))
  const began: number[] = []
  const epochs = Array.from({ length: 40 }, (_, i) => (i * 17) % 40)
  await Promise.allSettled(epochs.map((epoch) => keeper.run(token(epoch), async () => began.push(epoch))))
  t.same(
    began,
    began.toSorted((a, b) => a - b),
  )
  t.equal(began.at(-1), 39)
})

t.test('an epoch that cannot be read is not forgotten: opening throws', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 's.json'), '"x"')
  await t.rejects(FenceKeeper.open(folder), { name: 'StoreError', message: /expected an epoch/ })
})
