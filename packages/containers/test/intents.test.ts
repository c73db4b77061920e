import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { rejection, temporaryFolder } from '@infrakit/testing'
import { Intents } from '../src/intents.js'

t.test('an intent is noted before the work, and until it is forgotten', async (t) => {
  const dir = join(await temporaryFolder(t), 'intents')
  const intents = await Intents.open(dir)
  t.equal(intents.has('a'), false)
  const answer = await intents.during('a', 'web-1', async () => {
    t.same([intents.has('a'), intents.isUnderWay('a')], [true, true])
    t.equal((await Intents.open(dir)).has('a'), true, 'whoever is killed now finds it')
    await intents.forget('a')
    return 'made'
  })
  t.equal(answer, 'made')
  t.same([intents.has('a'), intents.isUnderWay('a')], [false, false])
  t.equal((await Intents.open(dir)).has('a'), false)
})

t.test('what was not carried out to the end stays noted, and is under way no more', async (t) => {
  const dir = join(await temporaryFolder(t), 'intents')
  const intents = await Intents.open(dir)
  t.match(await rejection(intents.during('a', 'web-1', () => Promise.reject(new Error('engine away')))), {
    message: 'engine away',
  })
  t.same([intents.has('a'), intents.isUnderWay('a')], [true, false])
  await intents.during('b', 'web-2', async () => {
    t.same([intents.has('a'), intents.has('b')], [true, true])
    t.same(intents.idle(), ['a'], "what is under way is nobody else's")
  })
})

t.test('what cannot be noted is not begun', async (t) => {
  const dir = join(await temporaryFolder(t), 'intents')
  const intents = await Intents.open(dir)
  let begun = false
  const token = 'x'.repeat(300)
  t.ok(await rejection(intents.during(token, 'web-1', async () => void (begun = true))))
  t.same([begun, intents.has(token), intents.isUnderWay(token)], [false, false, false])
})

t.test('names of notes alone are read: one that is damaged still says what was begun', async (t) => {
  const dir = join(await temporaryFolder(t), 'intents')
  await Intents.open(dir)
  writeFileSync(join(dir, 'a.json'), '{"Con')
  t.equal((await Intents.open(dir)).has('a'), true)
})
