import type { GroupDescription } from '@infrakit/spi'
import t from 'tap'
import { faultOf } from './load/client.js'
import { balance, type Seats } from './load/balance.js'

const options = { slots: ['s1', 's2', 's3'], heedsLeaving: true }
const seat = (slot: string, taking = true) => ({ slot, taking })

function described(
  healthy: readonly string[],
  rest: { starting?: string[]; leaving?: string[] } = {},
): GroupDescription {
  const { starting = [], leaving = [] } = rest
  const of = (ID: string, at: number) => ({
    ID,
    Tags: {},
    Properties: { Endpoints: [{ Host: '127.0.0.1', Port: 1000 + at, ContainerPort: 80, Protocol: 'tcp' }] },
  })
  return {
    Instances: [...healthy, ...starting].map(of),
    Converged: false,
    Health: Object.fromEntries([...healthy.map((id) => [id, 'healthy']), ...starting.map((id) => [id, 'starting'])]),
    Activities: leaving.map((Instance) => ({ Action: 'destroy', Instance, Reason: '' })),
  }
}

const one: Seats = new Map([['a', seat('s1')]])
const cases: readonly {
  what: string
  now: GroupDescription
  before?: Seats
  heedsLeaving?: boolean
  commands: string[]
  lookAgain?: boolean
}[] = [
  {
    what: 'a healthy member gets a slot',
    now: described(['a']),
    commands: ['set server web/s1 addr 127.0.0.1 port 1000', 'set server web/s1 state ready'],
  },
  {
    what: 'one that starts is looked at again',
    now: described([], { starting: ['a'] }),
    commands: [],
    lookAgain: true,
  },
  { what: 'what stays as it is needs nothing', now: described(['a']), before: one, commands: [] },
  {
    what: 'the new one comes before the old one goes',
    now: described(['a', 'b'], { leaving: ['a'] }),
    before: one,
    commands: [
      'set server web/s2 addr 127.0.0.1 port 1001',
      'set server web/s2 state ready',
      'set server web/s1 state drain',
    ],
  },
  {
    what: 'control: without heed it stays in',
    now: described(['a'], { leaving: ['a'] }),
    before: one,
    heedsLeaving: false,
    commands: [],
  },
  {
    what: 'one that drains is told so once',
    now: described(['a'], { leaving: ['a'] }),
    before: new Map([['a', seat('s1', false)]]),
    commands: [],
  },
  { what: 'one that has gone is out', now: described([]), before: one, commands: ['set server web/s1 state maint'] },
  {
    what: 'the slot of one that has just gone waits',
    now: described(['b']),
    before: one,
    commands: [
      'set server web/s2 addr 127.0.0.1 port 1000',
      'set server web/s2 state ready',
      'set server web/s1 state maint',
    ],
  },
]

for (const { what, now, before = new Map(), heedsLeaving = true, commands, lookAgain = false } of cases) {
  t.test(what, async (t) => {
    const step = balance(now, before, { ...options, heedsLeaving })
    t.same(step.commands, commands)
    t.equal(step.lookAgain, lookAgain)
  })
}

t.test('what is wrong with an answer is told', async (t) => {
  const bytes = Buffer.from('{"release":"1"}')
  const sha256 = 'c2a2ee0f8ff59c3b1b0e6ab4cd0d6b14d7e9c5d83f6f7f0a0d3cf1a9b7a3c111'
  const fault = (status: number, hash: string) => faultOf({ path: '/' }, { status, sha256: hash, bytes }, () => true)
  t.equal(fault(503, sha256), 'status 503')
  t.match(fault(200, sha256), /^a body of 15 bytes/)
})
