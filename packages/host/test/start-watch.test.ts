import t from 'tap'
import { StartWatch } from '../src/index.js'

t.test('an instance may take its time until it works', async (t) => {
  let now = 0
  const starts = new StartWatch(() => now)
  t.equal(starts.mayTakeTime('a', 100), true)
  now = 99
  t.equal(starts.mayTakeTime('a', 100), true)
  now = 100
  t.equal(starts.mayTakeTime('a', 100), false, 'its time is over')
  t.equal(starts.mayTakeTime('b', 100), true, 'another one has its own')
  t.equal(starts.hasWorked('b'), false)
  starts.works('b')
  t.equal(starts.hasWorked('b'), true)
  t.equal(starts.mayTakeTime('b', 100), false, 'what has worked has started')
  starts.forget('b')
  t.equal(starts.mayTakeTime('b', 100), true, 'after that it is new')
})

t.test('who is not looked at any more is forgotten', async (t) => {
  let now = 0
  const starts = new StartWatch(() => now)
  starts.works('a')
  now = 3_600_001
  starts.works('b')
  t.equal(starts.hasWorked('a'), false)
})
