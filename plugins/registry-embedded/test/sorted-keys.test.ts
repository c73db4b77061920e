import fc from 'fast-check'
import t from 'tap'
import { compareBytes, SortedKeys } from '../src/sorted-keys.js'

const text = fc.string({ unit: 'binary' })
const bytesOf = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other))

t.test('the order is that of the bytes in UTF-8', async (t) => {
  fc.assert(fc.property(text, text, (a, b) => Math.sign(compareBytes(a, b)) === bytesOf(a, b)))
  t.same(['🟢', 'ﬁ', 'a'].sort(compareBytes), ['a', 'ﬁ', '🟢'])
  t.same(['🟢', 'ﬁ', 'a'].sort(), ['a', '🟢', 'ﬁ'], 'which is not the one of JavaScript')
})

t.test('keys are found by how they begin, whatever was added and removed before', async (t) => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'ﬁ', '🟢'), maxLength: 4 })
  const changes = fc.array(fc.tuple(fc.boolean(), word), { maxLength: 60 })
  fc.assert(
    fc.property(changes, word, (all, prefix) => {
      const [sorted, truth] = [new SortedKeys(), new Set<string>()]
      for (const [add, key] of all) {
        if (add) sorted.add(key)
        else sorted.remove(key)
        if (add) truth.add(key)
        else truth.delete(key)
      }
      const wanted = [...truth].filter((key) => key.startsWith(prefix)).sort(bytesOf)
      t.same(sorted.beginningWith(prefix), wanted)
    }),
    { numRuns: 200 },
  )
})
