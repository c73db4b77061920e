import { rejection } from '@infrakit/testing'
import t from 'tap'
import { createAddresses } from '../src/index.js'

/** A name server, and a clock. */
function world() {
  const names = new Map<string, string[]>()
  const asked: string[] = []
  const clock = { now: 0 }
  const addresses = createAddresses(
    async (host) => {
      asked.push(host)
      const all = names.get(host)
      if (!all) throw new Error('getaddrinfo ENOTFOUND')
      return all
    },
    () => clock.now,
  )
  return { names, asked, clock, addresses }
}

t.test('addresses are what they are, and nobody is asked', async (t) => {
  const { addresses, asked } = world()
  await addresses.learn(['10.0.0.1', '::1'])
  t.same(await addresses.refresh(['10.0.0.1', '::1']), [])
  t.same([addresses.of('10.0.0.1'), addresses.of('::1')], ['10.0.0.1', '::1'])
  t.same(asked, [])
})

t.test('a name is asked for once, however often it is used', async (t) => {
  const { addresses, names, asked } = world()
  names.set('web', ['10.0.0.1'])
  t.equal(addresses.of('web'), undefined)
  await addresses.learn(['web', 'web'])
  await addresses.learn(['web'])
  t.equal(addresses.of('web'), '10.0.0.1')
  t.same(asked, ['web'])
})

t.test('of several addresses the one in use stays while it is one of them', async (t) => {
  const { addresses, names } = world()
  names.set('web', ['fd00::1', '10.0.0.3', '10.0.0.2'])
  await addresses.learn(['web'])
  t.equal(addresses.of('web'), '10.0.0.2', 'not the first that was said')
  names.set('web', ['10.0.0.1', '10.0.0.2'])
  t.same(await addresses.refresh(['web']), [])
  t.equal(addresses.of('web'), '10.0.0.2')
  names.set('web', ['10.0.0.1'])
  t.same(await addresses.refresh(['web']), ['web'])
  t.equal(addresses.of('web'), '10.0.0.1')
})

t.test('a question that fails, or finds nothing, changes nothing', async (t) => {
  const { addresses, names } = world()
  addresses.remember('web', '10.0.0.1')
  addresses.remember('none', '')
  t.equal(addresses.of('none'), undefined)
  for (const all of [undefined, []]) {
    if (all) names.set('web', all)
    t.same(await addresses.refresh(['web']), [])
    t.equal(addresses.of('web'), '10.0.0.1')
  }
})

t.test('a name that nobody knows is refused, and the others are known', async (t) => {
  const { addresses, names } = world()
  names.set('web', ['10.0.0.1'])
  t.match(await rejection(addresses.learn(['web', 'nowhere'])), {
    kind: 'input',
    path: 'Host',
    message: /'nowhere' cannot be looked up: getaddrinfo ENOTFOUND/,
    hint: /Correct its name/,
  })
  t.equal(addresses.of('web'), '10.0.0.1')
})

t.test('what nobody has used for long is asked for again when it is used, and not what is in use', async (t) => {
  const { addresses, names, clock, asked } = world()
  for (const name of ['old', 'used']) names.set(name, ['10.0.0.1'])
  await addresses.learn(['old', 'used'])
  names.clear()
  names.set('old', ['10.0.0.2'])
  clock.now = 59_000
  await addresses.refresh(['used'])
  clock.now = 61_000
  asked.splice(0)
  await addresses.learn(['old', 'used'])
  t.same(asked, ['old'])
  t.same([addresses.of('old'), addresses.of('used')], ['10.0.0.2', '10.0.0.1'])
})
