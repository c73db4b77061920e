import t from 'tap'
import type { ConsulService } from '../src/answers.js'
import { agentService, isRegistered, servicesIn } from '../src/services.js'

type Check = ConsulService['Checks'][number]

interface Given {
  readonly node?: string
  readonly name?: string
  readonly address?: string
  readonly port?: number
  readonly changed?: number
  readonly checks?: readonly Check[]
}

function place(ID: string, given: Given = {}): ConsulService {
  const { node = 'n', name = 'shop', address = '10.0.0.1', port = 80, changed = 1, checks = [] } = given
  const Service = { ID, Service: name, Address: address, Port: port, Tags: ['blue'], ModifyIndex: changed }
  return { Node: { Node: node, Address: '10.9.9.9' }, Service, Checks: checks }
}

const serf = (Status: string): Check => ({ CheckID: 'serfHealth', Status, Notes: '' })

t.test('what is listed', async (t) => {
  const listed = (places: ConsulService[]) =>
    servicesIn(places).map(({ ID, Address, Health }) => `${ID} ${Address} ${Health}`)
  const cases: [what: string, places: ConsulService[], expected: string[]][] = [
    [
      'all that is well',
      [place('b', { checks: [serf('passing')] }), place('a')],
      ['a 10.0.0.1 passing', 'b 10.0.0.1 passing'],
    ],
    ['a warning is not passing', [place('a', { checks: [serf('warning')] })], ['a 10.0.0.1 critical']],
    ['of a node that is gone', [place('a', { checks: [serf('critical')] })], ['a 10.0.0.1 critical']],
    ["without an address: its node's", [place('a', { address: '' })], ['a 10.9.9.9 passing']],
    ['without a port: nothing', [place('a', { port: 0 })], []],
    ['with a name of others: nothing', [place('host:web:80')], []],
    ['Consul itself: nothing', [place('consul', { name: 'consul' })], []],
    [
      'at two agents: the newest',
      [place('a', { changed: 9, address: 'new' }), place('a', { node: 'm', changed: 4 })],
      ['a new passing'],
    ],
  ]
  for (const [what, places, expected] of cases) t.same(listed(places), expected, what)
})

t.test('how a check is told to the agent and read back', async (t) => {
  const base = { Name: 'shop', ID: 'a', Address: '10.0.0.1', Port: 80, Tags: ['blue'] }
  const checks = [
    [{ HTTP: 'http://h/x' }, { HTTP: 'http://h/x', Interval: '10s', Timeout: '5s' }],
    [
      { TCP: 'h:1', IntervalSeconds: 2, TimeoutSeconds: 1 },
      { TCP: 'h:1', Interval: '2s', Timeout: '1s' },
    ],
    [{ TTLSeconds: 15 }, { TTL: '15s', Status: 'passing' }],
  ] as const
  const ids = new Set<string>()
  for (const [Check, expected] of checks) {
    const sent = agentService({ ...base, Check }) as { Check: Check }
    t.match(sent.Check, expected)
    ids.add(sent.Check.CheckID)
    const found = place('a', { checks: [{ ...sent.Check, Status: 'critical' }] })
    t.same(servicesIn([found])[0]?.Check, Check)
    t.equal(isRegistered({ ...base, Check }, found), !('TTLSeconds' in Check), 'with a term it has to be well')
    t.notOk(isRegistered(base, found), 'an earlier check is still there')
    t.notOk(isRegistered({ ...base, Port: 81, Check }, found), 'an earlier port is still there')
  }
  t.equal(ids.size, checks.length, 'no check takes over the state of another one')
})
