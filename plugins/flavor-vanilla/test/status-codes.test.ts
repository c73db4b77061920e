import t from 'tap'
import { formatStatuses, isExpected, parseStatuses } from '../src/status-codes.js'

t.test('reads', (t) => {
  const cases: [string, unknown, string | undefined][] = [
    ['a status', 204, '204'],
    ['a status as text', '204', '204'],
    ['a range', '200-399', '200-399'],
    ['several', '200-299, 404', '200-299, 404'],
    ['a list', [200, '300-399'], '200, 300-399'],
    ['no number', 'ok', undefined],
    ['an empty text', '', undefined],
    ['an empty list', [], undefined],
    ['what is no status', 99, undefined],
    ['what is no status either', 600, undefined],
    ['a range upside down', '399-200', undefined],
    ['an object', {}, undefined],
    ['a fraction', 200.5, undefined],
    ['half a list', [200, null], undefined],
  ]
  for (const [name, value, expected] of cases) {
    const ranges = parseStatuses(value)
    t.equal(ranges && formatStatuses(ranges), expected, name)
  }
  t.end()
})

t.test('the ends of a range are in it', (t) => {
  const ranges = parseStatuses('200-299, 404') ?? []
  t.same(
    [199, 200, 299, 300, 404].map((status) => isExpected(status, ranges)),
    [false, true, true, false, true],
  )
  t.end()
})
