import { health } from '@infrakit/spi'
import t from 'tap'
import { count, freshCounters } from '../src/counters.js'
import type { Outcome } from '../src/finding.js'
import { readProperties } from '../src/properties.js'

const outcomes: Record<string, Outcome> = { g: 'good', b: 'bad', '?': 'unclear' }
const words = { [health.unknown]: '?', [health.healthy]: 'h', [health.unhealthy]: 'u' }

/** What the verdict was after each of the results, which come a second apart. */
function verdicts(results: string, Health: object = {}): string {
  const settings = readProperties({ Health: { TCP: {}, ...Health } }).health
  if (!settings) throw new Error('no settings')
  let counters = freshCounters(0)
  return [...results]
    .map((letter, at) => {
      counters = count(counters, outcomes[letter] ?? 'unclear', settings, (at + 1) * 1000)
      return words[counters.verdict]
    })
    .join('')
}

t.test('counting', (t) => {
  const two = { HealthyThreshold: 2, UnhealthyThreshold: 2 }
  const cases: [string, string, object, string][] = [
    ['one good result will do, three bad ones are needed', 'gbbb', {}, 'hhhu'],
    ['unknown until a threshold is met', 'bbgg', two, '?uuh'],
    ['a result of the other kind begins the row anew', 'gbgbgg', two, '?????h'],
    ['what is healthy stays so until bad in a row', 'ggbgbb', two, '?hhhhu'],
    ['what is unclear counts for nothing and interrupts nothing', 'b?b?b', {}, '????u'],
    ['what is unclear leaves a verdict as it is', 'g???', {}, 'hhhh'],
    ['bad results within the start period do not count', 'bbbb', { StartPeriod: '3s' }, '????'],
    ['and do after it', 'bbbbbb', { StartPeriod: '3s' }, '????uu'],
    ['a good result ends the start period', 'gbbb', { StartPeriod: '1h' }, 'hhhu'],
  ]
  for (const [name, results, settings, expected] of cases) t.equal(verdicts(results, settings), expected, name)
  t.end()
})
