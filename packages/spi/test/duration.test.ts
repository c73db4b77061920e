import t from 'tap'
import { formatDuration, parseDuration } from '../src/duration.js'

t.test('reads durations as Go writes them', async (t) => {
  const cases: [text: string, ms: number | undefined][] = [
    ['0', 0],
    ['0s', 0],
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['1h0m0.5s', 3_600_500],
    ['500ms', 500],
    ['1.5h', 5_400_000],
    ['', undefined],
    ['10', undefined],
    ['s', undefined],
    ['1x', undefined],
    ['1s ', undefined],
    ['-1s', undefined],
  ]
  for (const [text, ms] of cases) t.equal(parseDuration(text), ms, JSON.stringify(text))
})

t.test('writes durations for people, and reads them back', async (t) => {
  const cases: [ms: number, text: string][] = [
    [0, '0ms'],
    [250, '250ms'],
    [12_000, '12s'],
    [90_000, '1m30s'],
    [3_600_000, '1h'],
  ]
  for (const [ms, text] of cases) {
    t.equal(formatDuration(ms), text)
    t.equal(parseDuration(text), ms)
  }
})
