import t from 'tap'
import { shareRuns } from '../src/share-runs.js'

/** Runs that end when they are told to. */
function manual() {
  const begun: { key: string; end: (error?: Error) => void }[] = []
  const run = shareRuns((key) => {
    return new Promise((resolve, reject) => {
      begun.push({ key, end: (error) => (error ? reject(error) : resolve()) })
    })
  })
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  return { begun, run, turn }
}

t.test('whoever calls during a run gets the next one, with all who wait for it', async (t) => {
  const { begun, run, turn } = manual()
  const ended: string[] = []
  const call = (name: string) => run('a').then(() => ended.push(name))
  const calls = [call('first'), call('second'), call('third')]
  t.equal(begun.length, 1)
  begun[0]?.end()
  await turn()
  t.same(ended, ['first'], 'a run that began before the call proves nothing')
  t.equal(begun.length, 2)
  calls.push(call('fourth'))
  begun[1]?.end()
  await turn()
  t.same(ended, ['first', 'second', 'third'])
  t.equal(begun.length, 3)
  begun[2]?.end()
  await Promise.all(calls)
  t.same(ended, ['first', 'second', 'third', 'fourth'])
  const later = run('a')
  t.equal(begun.length, 4, 'a run that is over is not shared')
  begun[3]?.end()
  await later
})

t.test('a failed run fails those who shared it, not those who wait', async (t) => {
  const { begun, run, turn } = manual()
  const first = run('a')
  const second = run('a')
  begun[0]?.end(new Error('disk full'))
  await t.rejects(first, /disk full/)
  await turn()
  begun[1]?.end()
  await t.resolves(second)
})

t.test('keys do not wait for each other', async (t) => {
  const { begun, run } = manual()
  const calls = [run('a'), run('b')]
  t.same(
    begun.map(({ key }) => key),
    ['a', 'b'],
  )
  for (const { end } of begun) end()
  await Promise.all(calls)
})
