import t from 'tap'
import { Once } from '../src/once.js'

/** Work that ends when it is told to. */
function pending<T>() {
  let settle: { resolve(value: T): void; reject(error: Error): void } | undefined
  const work = new Promise<T>((resolve, reject) => (settle = { resolve, reject }))
  return { work, resolve: (value: T) => settle?.resolve(value), reject: (error: Error) => settle?.reject(error) }
}

t.test('what is asked for twice at the same time is begun once, and both get what came of it', async (t) => {
  const once = new Once<string>()
  const { work, resolve } = pending<string>()
  let begun = 0
  const make = () => {
    begun++
    return work
  }
  const both = Promise.all([once.do('key', make), once.do('key', make)])
  resolve('web-1')
  t.same(await both, ['web-1', 'web-1'])
  t.equal(begun, 1)
})

t.test('what has ended is begun again', async (t) => {
  const once = new Once<number>()
  let count = 0
  const make = async () => ++count
  t.equal(await once.do('key', make), 1)
  t.equal(await once.do('key', make), 2)
})

t.test('a failure is told to all who wait, and is not remembered', async (t) => {
  const once = new Once<string>()
  const { work, reject } = pending<string>()
  const both = [once.do('key', () => work), once.do('key', () => work)]
  reject(new Error('no room'))
  for (const one of both) await t.rejects(one, { message: 'no room' })
  t.equal(await once.do('key', async () => 'web-1'), 'web-1')
})

t.test('one key does not wait for another', async (t) => {
  const once = new Once<string>()
  const { work, resolve } = pending<string>()
  const slow = once.do('slow', () => work)
  t.equal(await once.do('quick', async () => 'web-2'), 'web-2')
  resolve('web-1')
  t.equal(await slow, 'web-1')
})
