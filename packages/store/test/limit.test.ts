import t from 'tap'
import { createLimit } from '../src/limit.js'

t.test('never more at once than the limit, and all get their turn, also after failures', async (t) => {
  const limited = createLimit(3)
  let running = 0
  let most = 0
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) =>
      limited(async () => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        running--
        if (i % 2) throw new Error('odd')
      }),
    ),
  )
  t.equal(most, 3)
  t.equal(results.filter((result) => result.status === 'fulfilled').length, 10)
})
