import t from 'tap'
import { UnderWays, type UnderWay } from '../src/worker/under-way.js'

const request = (): UnderWay => ({ cut: () => undefined })

t.test('what is under way is counted until it is taken out, in whatever order', async (t) => {
  const underWay = new UnderWays()
  const all = Array.from({ length: 5 }, request)
  for (const one of all) underWay.add(one)
  t.equal(underWay.size, 5)
  const [first, second, third, fourth, last] = all as [UnderWay, UnderWay, UnderWay, UnderWay, UnderWay]
  underWay.delete(second)
  underWay.delete(last)
  t.same(new Set(underWay.all()), new Set([first, third, fourth]))
  underWay.delete(second)
  t.equal(underWay.size, 3, 'one that is not there is no error')
  underWay.add(second)
  for (const one of [fourth, first, second, third]) underWay.delete(one)
  t.equal(underWay.size, 0)
})

t.test('one that went to another server is not taken out here', async (t) => {
  const [before, after] = [new UnderWays(), new UnderWays()]
  const [moved, other] = [request(), request()]
  before.add(moved)
  before.delete(moved)
  before.add(other)
  after.add(moved)
  before.delete(moved)
  t.same([before.size, after.size], [1, 1])
})
