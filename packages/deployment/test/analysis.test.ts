import t from 'tap'
import { Counters } from '../src/analysis/counters.js'
import { fails, upperBound } from '../src/analysis/errors.js'
import { SlownessWatch } from '../src/analysis/slowness.js'
import type { LiveServer } from '@infrakit/spi'
import { endedAfter, generator } from './canaries.js'

t.test('a canary all of whose requests fail is ended within 20', async (t) => {
  t.ok(endedAfter(1, 0, 20, generator(1)) <= 5)
  t.ok(endedAfter(1, 0.05, 20, generator(1)) <= 20, 'also where the old release fails now and then')
  for (let requests = 1; requests < 100; requests++) {
    t.notOk(fails({ requests, failures: 0 }, { requests: 0, failures: 0 }, 0.01), 'one that never fails is not')
  }
})

t.test('control: bad ones are ended, the worse the sooner', async (t) => {
  const random = generator(42)
  const mean = (rate: number) => {
    const all = Array.from({ length: 100 }, () => endedAfter(rate, 0.001, 2000, random))
    t.ok(all.filter((one) => one < Infinity).length >= 95, `${rate * 100}%`)
    return all.filter((one) => one < Infinity).reduce((sum, one) => sum + one, 0) / all.length
  }
  const [tenth, half] = [mean(0.1), mean(0.5)]
  t.ok(half < tenth, `${half} requests at 50%, ${tenth} at 10%`)
})

t.test('a rate is known the better the more there is', async (t) => {
  t.equal(upperBound({ requests: 0, failures: 0 }), 0)
  t.equal(upperBound({ requests: 1000, failures: 0 }), 0)
  const bounds = [10, 100, 1000, 10_000].map((requests) => upperBound({ requests, failures: requests / 10 }))
  t.same(
    bounds,
    [...bounds].sort((a, b) => b - a),
  )
  t.ok((bounds.at(-1) ?? 0) > 0.1 && (bounds.at(-1) ?? 1) < 0.12)
})

function server(requests: number, failures: number, AnswerMs?: number): LiveServer {
  const Answers = { '1xx': 0, '2xx': requests - failures, '3xx': 0, '4xx': 0, '5xx': failures }
  const place = { Backend: 'shop-2', Name: 'a', Host: '127.0.0.1', Port: 1, State: 'up' as const, Share: 1 }
  const zero = { ConnectErrors: 0, AnswerErrors: 0, Retries: 0, InFlight: 0 }
  return { ...place, ...zero, Requests: requests, Answers, ...(AnswerMs === undefined ? {} : { AnswerMs }) }
}

t.test('counters count from the first look, and go on when a proxy has begun anew', async (t) => {
  const counters = new Counters()
  counters.note([['p/r/a', server(100, 3, 10)]])
  t.same(counters.tally, { requests: 0, failures: 0 })
  counters.note([['p/r/a', server(110, 5, 10)]])
  t.same(counters.tally, { requests: 10, failures: 2 })
  counters.note([['p/r/a', server(4, 1)]])
  t.same(counters.tally, { requests: 14, failures: 3 })
  t.equal(counters.meanMs, undefined)
})

t.test('a canary is slow when it is so for long', async (t) => {
  const watch = new SlownessWatch(3)
  const at = (now: number, canaryMs: number) => watch.note({ now, requests: now / 10, canaryMs, oldMs: 50 })
  t.notOk(at(0, 500))
  t.notOk(at(9000, 500))
  t.notOk(at(9500, 60), 'a good moment in between')
  t.notOk(at(10_000, 500))
  t.notOk(at(19_000, 500))
  t.ok(at(20_000, 500))
})
