import t from 'tap'
import { chooseHost, type Candidate } from '../../src/hosts/placement.js'

const nothing = { memory: 0, cpus: 0 }
const capacity = { memory: 1000, cpus: 4 }

function host(name: string, more: Partial<Candidate> = {}): Candidate {
  return { name, labels: {}, members: 0, instances: 0, capacity, used: nothing, ...more }
}

interface Case {
  readonly name: string
  readonly hosts: readonly Candidate[]
  readonly strategy?: 'spread' | 'binpack'
  readonly labels?: Record<string, string>
  readonly wanted?: { memory: number; cpus: number }
  /** Its name, or what is said instead. */
  readonly expected: string | RegExp
}

const cases: readonly Case[] = [
  { name: 'among equals the first', hosts: [host('a'), host('b')], expected: 'a' },
  {
    name: 'spread: the fewest of the group, however many others there are',
    hosts: [host('a', { members: 2, instances: 2 }), host('b', { members: 1, instances: 9 })],
    expected: 'b',
  },
  {
    name: 'spread: then the fewest at all',
    hosts: [host('a', { members: 1, instances: 5 }), host('b', { members: 1, instances: 3 })],
    expected: 'b',
  },
  {
    name: 'spread: does not mind what is used',
    hosts: [host('a', { used: { memory: 2000, cpus: 9 } }), host('b', { members: 1 })],
    wanted: { memory: 500, cpus: 1 },
    expected: 'a',
  },
  {
    name: 'binpack: the most instances',
    hosts: [host('a', { instances: 1 }), host('b', { instances: 3 }), host('c')],
    strategy: 'binpack',
    expected: 'b',
  },
  {
    name: 'binpack: that has room for the memory',
    hosts: [host('a', { instances: 3, used: { memory: 600, cpus: 0 } }), host('b', { instances: 1 })],
    strategy: 'binpack',
    wanted: { memory: 500, cpus: 0 },
    expected: 'b',
  },
  {
    name: 'binpack: up to all of it',
    hosts: [host('a', { instances: 3, used: { memory: 500, cpus: 2 } }), host('b')],
    strategy: 'binpack',
    wanted: { memory: 500, cpus: 2 },
    expected: 'a',
  },
  {
    name: 'binpack: that has room for the processors',
    hosts: [host('a', { instances: 3, used: { memory: 0, cpus: 3.5 } }), host('b')],
    strategy: 'binpack',
    wanted: { memory: 0, cpus: 1 },
    expected: 'b',
  },
  {
    name: 'binpack: no room anywhere',
    hosts: [host('a'), host('b')],
    strategy: 'binpack',
    wanted: { memory: 2000, cpus: 0 },
    expected: /no host has room for the memory and processors of another instance: a, b/,
  },
  {
    name: 'labels: all of them',
    hosts: [host('a', { labels: { zone: 'x' } }), host('b', { labels: { zone: 'x', disk: 'ssd' }, members: 7 })],
    labels: { zone: 'x', disk: 'ssd' },
    expected: 'b',
  },
  {
    name: 'labels: nobody has them',
    hosts: [host('a', { labels: { zone: 'x' } }), host('b')],
    labels: { zone: 'y' },
    expected: /no host that can be reached has the label zone=y: a, b/,
  },
]

for (const { name, hosts, strategy = 'spread', labels = {}, wanted = nothing, expected } of cases) {
  t.test(name, async (t) => {
    const choose = () => chooseHost(hosts, { strategy, labels }, wanted)
    if (typeof expected === 'string') t.equal(choose().name, expected)
    else t.throws(choose, { kind: 'unavailable', message: expected })
  })
}
