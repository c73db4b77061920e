import { InfrakitError } from '@infrakit/spi'
import { rejection } from '@infrakit/testing'
import { StoreError } from '@infrakit/store'
import t from 'tap'
import type { Database, Write } from '../src/database.js'
import { Ledger, type Table } from '../src/ledger.js'

const words: Table<string> = { name: 'word', revive: (word) => word }

/** A database in memory, whose writes wait until they are let through, or fail. */
function slowDatabase() {
  const rows = new Map<string, string>()
  const waiting: { writes: readonly Write[]; let: (error?: Error) => void }[] = []
  let settled: () => Promise<boolean> = async () => false
  const apply = (writes: readonly Write[]) => {
    for (const [key, value] of writes) {
      if (value === undefined) rows.delete(key)
      else rows.set(key, value)
    }
  }
  const database: Database = {
    async *rows() {
      yield* rows
    },
    write: (writes) =>
      new Promise((resolve, reject) => {
        const done = (error?: Error) => {
          if (error) return reject(error)
          apply(writes)
          resolve()
        }
        waiting.push({ writes, let: done })
      }),
    settle: () => settled(),
    close: async () => undefined,
  }
  const next = async () => {
    while (waiting.length === 0) await new Promise(setImmediate)
    return waiting.shift() as (typeof waiting)[number]
  }
  return { database, rows, apply, next, onSettle: (how: typeof settled) => (settled = how) }
}

const put = (ledger: Ledger, key: string, value = key) =>
  ledger.change((transaction) => {
    transaction.put(words, key, value)
    return transaction.next()
  })

t.test('what is asked for while the disk is busy is written together, in order', async (t) => {
  const slow = slowDatabase()
  const ledger = await Ledger.open(slow.database, [words])
  const first = put(ledger, 'a')
  const batch = await slow.next()
  const others = Array.from({ length: 50 }, (_, index) => put(ledger, `b${index}`))
  t.equal(ledger.get(words, 'a'), undefined, 'nobody sees what is not on the disk')
  batch.let()
  t.equal(await first, 1)
  t.equal(ledger.get(words, 'a'), 'a')
  const second = await slow.next()
  t.equal(second.writes.length, 51, 'all of them, and the counter')
  second.let()
  const numbers = await Promise.all(others)
  t.same(
    numbers,
    numbers.toSorted((a, b) => a - b),
  )
})

t.test('a change that throws leaves nothing, and others of the same batch are made', async (t) => {
  const slow = slowDatabase()
  const ledger = await Ledger.open(slow.database, [words])
  const good = put(ledger, 'good')
  const bad = ledger.change((transaction) => {
    transaction.put(words, 'bad', 'x')
    transaction.remove(words, 'good')
    throw new InfrakitError('conflict', 'no')
  })
  const told = rejection(bad)
  const seen = ledger.change((transaction) => [transaction.get(words, 'good'), transaction.get(words, 'bad')])
  ;(await slow.next()).let()
  await good
  t.match(await told, { kind: 'conflict' })
  t.same(await seen, ['good', undefined])
  t.same([...slow.rows.keys()], ['word/good', 'counter/last'])
})

t.test('a batch that was not written: all of it is refused, nothing of it is seen, the next one goes on', async (t) => {
  const slow = slowDatabase()
  const ledger = await Ledger.open(slow.database, [words])
  const told: unknown[] = []
  ledger.onChange((changes) => void told.push(...changes))
  const failing = Promise.all(['a', 'b'].map((key) => rejection(put(ledger, key))))
  ;(await slow.next()).let(new StoreError('cannot write', '/dir'))
  t.match(await failing, [{ name: 'StoreError' }, { name: 'StoreError' }])
  t.equal(ledger.get(words, 'a'), undefined)
  t.same(told, [])
  const again = put(ledger, 'a')
  ;(await slow.next()).let()
  await again
  t.match(told, [{ table: 'word', key: 'a', value: 'a' }])
})

for (const written of [true, false]) {
  t.test(
    `a batch in doubt, which ${written ? 'was' : 'was not'} written: that is found out before the next`,
    async (t) => {
      const slow = slowDatabase()
      const ledger = await Ledger.open(slow.database, [words])
      slow.onSettle(() => Promise.reject(new InfrakitError('unavailable', 'not yet')))
      const doubtful = rejection(put(ledger, 'a'))
      const batch = await slow.next()
      if (written) slow.apply(batch.writes)
      batch.let(new InfrakitError('unavailable', 'who knows'))
      t.match(await doubtful, { kind: 'unavailable' })
      t.match(await rejection(put(ledger, 'b')), { kind: 'unavailable', message: 'not yet' })
      slow.onSettle(async () => written)
      const after = ledger.change((transaction) => {
        transaction.put(words, 'c', 'c')
        return transaction.get(words, 'a')
      })
      ;(await slow.next()).let()
      t.equal(await after, written ? 'a' : undefined)
      t.equal(ledger.get(words, 'a'), written ? 'a' : undefined)
      t.equal(ledger.get(words, 'b'), undefined)
    },
  )
}

t.test('no number is given twice, also after a restart', async (t) => {
  const slow = slowDatabase()
  const numbers: number[] = []
  for (let life = 0; life < 3; life++) {
    const ledger = await Ledger.open(slow.database, [words])
    for (let change = 0; change < 3; change++) {
      const putting = put(ledger, 'a')
      ;(await slow.next()).let()
      numbers.push(await putting)
    }
  }
  t.equal(new Set(numbers).size, 9)
  t.same(
    numbers,
    numbers.toSorted((a, b) => a - b),
  )
})
