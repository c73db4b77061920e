import { health } from '@infrakit/spi'
import t from 'tap'
import { judge } from '../src/judge.js'

const { unknown, healthy, unhealthy } = health

t.test('judges', (t) => {
  const cases: [string, [string, 0 | 1 | 2, string?][], object][] = [
    [
      'healthy when all are',
      [
        ['a', healthy],
        ['b', healthy],
      ],
      { Health: healthy },
    ],
    [
      'healthy with what was said',
      [
        ['a', healthy],
        ['b', healthy, '200 OK'],
      ],
      { Health: healthy, Reason: 'b: 200 OK' },
    ],
    [
      'unhealthy when one is',
      [
        ['a', healthy],
        ['b', unhealthy, 'got 500'],
      ],
      { Health: unhealthy, Reason: 'b: got 500' },
    ],
    [
      'unhealthy before unknown',
      [
        ['a', unknown, 'gone'],
        ['b', unhealthy],
      ],
      { Health: unhealthy, Reason: 'b: unhealthy' },
    ],
    [
      'unknown before healthy',
      [
        ['a', healthy],
        ['b', unknown],
      ],
      { Health: unknown, Reason: 'b: unknown' },
    ],
    [
      'naming all it is owed to',
      [
        ['a', unhealthy, 'x'],
        ['b', unhealthy, 'y'],
      ],
      { Health: unhealthy, Reason: 'a: x; b: y' },
    ],
  ]
  for (const [name, judgements, expected] of cases) {
    t.strictSame(judge(judgements.map(([name, health, reason]) => ({ name, health, reason }))), expected, name)
  }
  t.end()
})
