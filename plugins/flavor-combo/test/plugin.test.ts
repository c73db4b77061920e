import { memoryFlavor, waitUntil } from '@infrakit/testing'
import { health, InfrakitError, kindOf } from '@infrakit/spi'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createCombo } from '../src/plugin.js'
import { appending, found, part, preparing, refusal } from './fakes.js'

const blank = { Properties: null, Tags: null, Init: '', LogicalID: null, Attachments: null }
const Instance = { ID: 'i-1', LogicalID: null, Tags: null }

t.test('validate', async (t) => {
  const [a, b] = [memoryFlavor(), memoryFlavor()]
  const requests: unknown[] = []
  a.before = (_method, request) => void requests.push(request)
  b.before = (_method, request) => {
    requests.push(request)
    const { Properties } = request as { Properties?: { bad?: boolean } }
    if (!Properties?.bad) return
    throw new InfrakitError('input', 'Properties.bad: no', { path: 'Properties.bad', hint: 'Be good.' })
  }
  const combo = createCombo({ name: 'flavor-combo', flavors: found({ a: a.handlers, b: b.handlers }) })
  const Allocation = { Size: 2 }

  t.test('asks every flavor with its own properties and the allocation', async (t) => {
    await combo.validate({ Properties: { Flavors: [part('a', { x: 1 }), part('b')] }, Allocation })
    t.strictSame(requests, [
      { Properties: { x: 1 }, Allocation },
      { Properties: undefined, Allocation },
    ])
  })
  t.test('says which flavor refuses, and where', async (t) => {
    const Properties = { Flavors: [part('a'), part('b', { bad: true })] }
    const error = await refusal(combo.validate({ Properties, Allocation }))
    t.equal(error.message, 'Properties.Flavors[1] (b): Properties.bad: no')
    t.equal(error.path, 'Properties.Flavors[1].Properties.bad')
    t.equal(error.hint, 'Be good.')
    t.equal(kindOf(error), 'input')
  })
  t.test('says so in a bare list', async (t) => {
    const error = await refusal(combo.validate({ Properties: [part('b', { bad: true })], Allocation }))
    t.equal(error.message, 'Properties[0] (b): Properties.bad: no')
  })
  t.test('a flavor that does not run', async (t) => {
    const error = await refusal(combo.validate({ Properties: [part('a'), part('nosuch')], Allocation }))
    t.equal(error.message, 'Properties[1] (nosuch): plugin not found:nosuch')
    t.equal(kindOf(error), 'not-found')
    t.equal(error.hint, 'Start it.')
  })
  t.test('several that refuse, a line each', async (t) => {
    const error = await refusal(combo.validate({ Properties: [part('b', { bad: true }), part('nosuch')] }))
    t.equal(error.message, 'Properties[0] (b): Properties.bad: no\nProperties[1] (nosuch): plugin not found:nosuch')
    t.equal(kindOf(error), 'input')
  })
  t.test('itself', async (t) => {
    t.match(
      (await refusal(combo.validate({ Properties: [part('flavor-combo')] }))).message,
      'cannot be a part of itself',
    )
  })
})

t.test('prepare', async (t) => {
  const replacing = preparing((spec, properties) => ({ ...spec, Init: (properties as { Init: string }).Init }))
  const flavors = found({ v: appending().handlers, r: replacing.handlers })
  const combo = createCombo({ name: 'flavor-combo', flavors })
  const one = part('v', { Init: 'one', Tags: { a: '1' } })
  const two = part('v', { Init: 'two', Tags: { b: '2' } })
  const cases: [string, unknown, object, object][] = [
    ['nothing but the flavors', [one, two], {}, { Init: 'one\ntwo', Tags: { a: '1', b: '2' }, Attachments: [] }],
    [
      'commands of the specification first, and once',
      { Flavors: [one, two] },
      { Init: 'echo hi' },
      { Init: 'echo hi\none\ntwo' },
    ],
    ['later flavors win', [one, part('v', { Tags: { a: '2' } })], { Tags: { a: 'b' } }, { Tags: { a: '2' } }],
    [
      'a flavor that replaces the commands',
      [one, part('r', { Init: 'three' }), two],
      { Init: 'hi' },
      { Init: 'hi\none\nthree\ntwo' },
    ],
    ['the same commands twice', [one, one], {}, { Init: 'one\none' }],
    [
      'what no flavor knows',
      [two],
      { Properties: { Note: 'n' }, LogicalID: 'p' },
      { Properties: { Note: 'n' }, LogicalID: 'p' },
    ],
  ]
  for (const [name, Properties, spec, expected] of cases) {
    t.match((await combo.prepare({ Properties, Spec: { ...blank, ...spec } })).Spec, expected, name)
  }
})

t.test('prepare hands each flavor what those before it made, the allocation and the index', async (t) => {
  const requests: unknown[] = []
  const flavor = appending()
  const { prepare } = flavor.handlers
  flavor.handlers.prepare = (request) => {
    requests.push(request)
    return prepare(request)
  }
  const combo = createCombo({ name: 'flavor-combo', flavors: found({ v: flavor.handlers }) })
  const [Allocation, Index] = [{ Size: 2 }, { Group: 'web', Sequence: 2 }]
  await combo.prepare({ Properties: [part('v', { Init: 'one' }), part('v', {})], Spec: blank, Allocation, Index })
  t.match(requests, [
    { Spec: { Init: '' }, Allocation, Index },
    { Spec: { Init: 'one' }, Allocation, Index },
  ])
})

t.test('prepare of a combo in a combo', async (t) => {
  const inner = createCombo({ name: 'inner', flavors: found({ v: appending().handlers }) })
  const outer = createCombo({ name: 'outer', flavors: found({ v: appending().handlers, inner }) })
  const nested = part('inner', [part('v', { Init: 'two' }), part('v', { Init: 'three' })])
  const Properties = [part('v', { Init: 'one' }), nested, part('v', { Init: 'four' })]
  t.equal((await outer.prepare({ Properties, Spec: blank })).Spec.Init, 'one\ntwo\nthree\nfour')
})

t.test('a flavor that fails to prepare is named', async (t) => {
  const failing = memoryFlavor()
  failing.before = () => {
    throw new InfrakitError('unavailable', 'gone')
  }
  const combo = createCombo({ name: 'c', flavors: found({ f: failing.handlers }) })
  const error = await refusal(combo.prepare({ Properties: [part('f')], Spec: blank }))
  t.equal(error.message, 'Properties[0] (f): gone')
  t.equal(kindOf(error), 'unavailable')
})

t.test('healthy', async (t) => {
  const [a, b] = [memoryFlavor(), memoryFlavor()]
  const flavors = found({ a: a.handlers, b: b.handlers })
  const combo = createCombo({ name: 'c', flavors, judgeTimeoutMs: 50 })
  const request = { Properties: [part('a'), part('b')], Instance }
  t.beforeEach(() => {
    a.health.clear()
    a.before = b.before = () => undefined
  })

  t.test('is healthy when all are', async (t) => {
    t.strictSame(await combo.healthy(request), { Health: health.healthy })
  })
  t.test('asks all at once', async (t) => {
    let waiting = 0
    a.before = b.before = async () => {
      waiting++
      await waitUntil('both to be asked', () => waiting === 2)
    }
    t.equal((await createCombo({ name: 'c', flavors }).healthy(request)).Health, health.healthy)
  })
  t.test('a flavor that fails is unknown', async (t) => {
    b.before = () => {
      throw new InfrakitError('unavailable', 'connection refused')
    }
    t.strictSame(await combo.healthy(request), { Health: health.unknown, Reason: 'b: connection refused' })
  })
  t.test('a flavor that is not there is unknown', async (t) => {
    const answer = await combo.healthy({ Properties: [part('a'), part('nosuch')], Instance })
    t.strictSame(answer, { Health: health.unknown, Reason: 'nosuch: plugin not found:nosuch' })
  })
  t.test('a flavor that does not answer is unknown, and hides no unhealthy one', async (t) => {
    b.before = () => new Promise(() => undefined)
    t.strictSame(await combo.healthy(request), {
      Health: health.unknown,
      Reason: 'b: Healthy: no answer within 50 ms',
    })
    a.health.set('i-1', health.unhealthy)
    t.strictSame(await combo.healthy(request), { Health: health.unhealthy, Reason: 'a: unhealthy' })
  })
  t.test('wrong properties are an error', async (t) => {
    t.equal(kindOf(await refusal(combo.healthy({ Properties: {}, Instance }))), 'input')
  })
})

t.test('drain', async (t) => {
  const order: string[] = []
  const flavor = (name: string, work: () => Promise<void> | void = () => undefined) => {
    const memory = memoryFlavor()
    memory.before = async (_method, request) => {
      order.push(`${name} begins`)
      await work()
      order.push(`${name} ends ${JSON.stringify((request as { Fence?: object }).Fence ?? null)}`)
    }
    return memory.handlers
  }
  const fail = (message: string) => () => {
    throw new InfrakitError('plugin-failed', message)
  }
  t.beforeEach(() => order.splice(0))

  t.test('goes in reverse order, one after the other, with the fence', async (t) => {
    const combo = createCombo({ name: 'c', flavors: found({ a: flavor('a'), b: flavor('b', () => sleep(5)) }) })
    await combo.drain({ Properties: [part('a'), part('b')], Instance, Fence: { Scope: 's', Epoch: 1 } })
    const fence = '{"Scope":"s","Epoch":1}'
    t.strictSame(order, ['b begins', `b ends ${fence}`, 'a begins', `a ends ${fence}`])
  })
  t.test('tries all and throws the first failure', async (t) => {
    const flavors = found({ a: flavor('a'), b: flavor('b', fail('no b')), c: flavor('c', fail('no c')) })
    const combo = createCombo({ name: 'combo', flavors })
    const error = await refusal(combo.drain({ Properties: [part('a'), part('b'), part('c')], Instance }))
    t.equal(error.message, 'Properties[2] (c): no c')
    t.equal(kindOf(error), 'plugin-failed')
    t.strictSame(order, ['c begins', 'b begins', 'a begins', 'a ends null'])
  })
})

t.test('resolve', async (t) => {
  const { handlers } = memoryFlavor()
  const asked: unknown[] = []
  const resolver = {
    async resolve({ Properties }: { Properties?: unknown }) {
      asked.push(Properties)
      return { Resolved: { of: Properties } }
    },
  }
  const silent = { resolve: async () => ({}) }
  const flavors = found({ with: handlers, without: handlers, silent: handlers }, { with: resolver, silent })
  const combo = createCombo({ name: 'c', flavors })

  t.test('gives a list with a place for each flavor', async (t) => {
    const Properties = { Flavors: [part('without', 1), part('with', 2), part('silent', 3)] }
    t.strictSame(await combo.resolve({ Properties }), { Resolved: [null, { of: 2 }, null] })
  })
  t.test('gives null when no flavor names anything', async (t) => {
    t.strictSame(await combo.resolve({ Properties: [part('without'), part('silent')] }), { Resolved: null })
  })
  t.test('asks with what the user wrote, not with what was resolved before', async (t) => {
    asked.length = 0
    await combo.resolve({ Properties: { Flavors: [part('with', { u: 1 })], Resolved: [{ old: 1 }] } })
    t.strictSame(asked, [{ u: 1 }])
  })
  t.test('what it gives is handed to the flavors it came from', async (t) => {
    const seen: unknown[] = []
    const spy = preparing((spec, properties) => {
      seen.push(properties)
      return spec
    })
    const spied = createCombo({ name: 'c', flavors: found({ a: spy.handlers }) })
    const Properties = { Flavors: [part('a', { u: 1 }), part('a', { u: 2 })], Resolved: [null, { r: 1 }] }
    await spied.prepare({ Properties, Spec: blank })
    t.strictSame(seen, [{ u: 1 }, { u: 2, Resolved: { r: 1 } }])
  })
  t.test('a flavor that does not run is named', async (t) => {
    t.equal((await refusal(combo.resolve({ Properties: [part('nosuch')] }))).path, 'Properties[0]')
  })
})
