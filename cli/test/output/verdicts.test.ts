import t from 'tap'
import type { Verdict } from '@infrakit/testing/conformance'
import { formatBroken, formatVerdicts, summarize } from '../../src/output/verdicts.js'

const why = 'It would be lost.'
const kept: Verdict = { interface: 'Instance', promise: 'it lives', why, outcome: 'kept' }
const idle: Verdict = { interface: 'Event', promise: 'it tells', why, outcome: 'not applicable', reason: 'no stream' }

function broken(request: string, response = '{}\n', status = 200): Verdict {
  const shown = [{ plugin: 'mine', request, status, response }]
  return { interface: 'Instance', promise: 'it stays', why, outcome: 'broken', expected: 'a', got: 'b\u0007', shown }
}

const socket = () => '/run/my plugins/mine'

t.test('a row for each promise', async (t) => {
  t.same(formatVerdicts([kept, idle, broken('{}')], {}), [
    'INTERFACE  VERDICT         PROMISE',
    'Instance   kept            it lives',
    'Event      not applicable  it tells (no stream)',
    'Instance   broken          it stays',
  ])
})

t.test('what is broken is shown with a command line that repeats it', async (t) => {
  t.same(formatBroken([kept, idle], socket), [])
  t.same(formatBroken([broken(`{"a":"it's"}`)], socket), [
    '',
    'BROKEN Instance: it stays',
    '  It would be lost.',
    '  expected: a',
    '  got:      b\\u0007',
    `  $ curl -s --unix-socket '/run/my plugins/mine' http://localhost/ -H 'Content-Type: application/json' -d '{"a":"it'\\''s"}'`,
    '  200 {}',
  ])
})

t.test('commands for other calls and addresses', async (t) => {
  const command = (verdict: Verdict, listen: string) => formatBroken([verdict], () => listen).slice(5)
  t.same(command(broken('GET /events?topic=.', 'no answer: gone', 0), '/run/mine'), [
    `  $ curl -sN --unix-socket /run/mine 'http://localhost/events?topic=.'`,
    '  no answer: gone',
  ])
  t.same(command(broken('{}', '', 500), 'tcp://host:77'), [
    `  $ curl -s http://host:77/ -H 'Content-Type: application/json' -d '{}'`,
    '  500 (empty)',
  ])
  t.match(command(broken('{}', 'x'.repeat(5000)), '/run/mine')[1], /^ {2}200 x{2000}\.\.\.$/)
})

t.test('the sum', async (t) => {
  const report = { plugin: 'mine', interfaces: [], verdicts: [kept, idle, broken('{}'), kept], leftovers: [] }
  t.equal(summarize({ ...report, original: false, interrupted: false }), 'mine: 2 kept, 1 broken, 1 not applicable')
  t.equal(
    summarize({ ...report, original: true, interrupted: true }),
    'mine: 2 kept, 1 broken, 1 not applicable (a plugin of the original, interrupted)',
  )
})
