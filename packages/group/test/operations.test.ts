import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { Operations } from '../src/operations.js'

t.test('being idle is waited for, and keeps nobody else from working', async (t) => {
  const operations = new Operations()
  const done: string[] = []
  operations.begin({ kind: 'destroy', instance: 'one' }, async () => {
    await sleep(10)
    done.push('one')
    // What ends may begin another.
    operations.begin({ kind: 'destroy', instance: 'two' }, async () => {
      await sleep(10)
      done.push('two')
    })
  })
  t.equal(operations.unsettled, 1)
  await operations.idle()
  t.same(done, ['one', 'two'])
  t.equal(operations.unsettled, 0)
  await operations.idle()
})
