import t from 'tap'
import { createTurns } from '../src/turns.js'

function gate() {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open: () => open(), opened }
}

t.test('work of one key is done in the order it was asked for, other keys do not wait', async (t) => {
  const inTurn = createTurns()
  const done: string[] = []
  const { open, opened } = gate()
  const first = inTurn('a', async () => {
    await opened
    done.push('a1')
  })
  const second = inTurn('a', async () => void done.push('a2'))
  await inTurn('b', async () => void done.push('b'))
  t.same(done, ['b'])
  open()
  await Promise.all([first, second])
  t.same(done, ['b', 'a1', 'a2'])
})

t.test('work that fails does not stop the next of its key', async (t) => {
  const inTurn = createTurns()
  const failed = inTurn('a', () => Promise.reject(new Error('no')))
  const next = inTurn('a', async () => 'yes')
  await t.rejects(failed, { message: 'no' })
  t.equal(await next, 'yes')
})
