import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { bench } from './bench/bench.js'
import type { Measured } from './bench/measure.js'
import type { Row } from './bench/row.js'
import { rows } from './bench/rows/index.js'
import { median, percentile } from './bench/statistics.js'

const main = fileURLToPath(new URL('bench/main.js', import.meta.url))

/** A row that takes no time: both sides have their samples. */
function row(name: string, given: Partial<Row> & { ours?: readonly number[]; floor?: readonly number[] } = {}): Row {
  const { ours = [20], floor = [10], ...rest } = given
  return {
    name,
    title: `row ${name}`,
    floorIs: 'nothing',
    unit: 'ms',
    compare: 'ratio',
    figures: [{ of: '', from: median, limit: 2, bound: 'at most' }],
    rounds: { full: ours.length, quick: 1 },
    warmUp: 0,
    async open() {
      const [left, right] = [[...ours], [...floor]]
      return { ours: async () => left.shift() ?? NaN, floor: async () => right.shift() ?? NaN }
    },
    ...rest,
  }
}

async function run(argv: readonly string[], among: readonly Row[]) {
  const said = { result: '', progress: '' }
  const status = await bench(argv, among, {
    result: (line) => (said.result += `${line}\n`),
    progress: (line) => (said.progress += `${line}\n`),
  })
  return { status, ...said }
}

const p50 = { of: 'p50', from: median } as const
const cases: readonly { readonly what: string; readonly row: Row; readonly status: number; readonly value: number }[] =
  [
    { what: 'a ratio at its limit', row: row('a'), status: 0, value: 2 },
    { what: 'a ratio above its limit', row: row('a', { ours: [21] }), status: 1, value: 2.1 },
    {
      what: 'a ratio below the least',
      row: row('a', { ours: [7], figures: [{ ...p50, limit: 0.75, bound: 'at least' }] }),
      status: 1,
      value: 0.7,
    },
    {
      what: 'a ratio above the least',
      row: row('a', { ours: [8], figures: [{ ...p50, limit: 0.75, bound: 'at least' }] }),
      status: 0,
      value: 0.8,
    },
    {
      what: 'a difference within its limit',
      row: row('a', { compare: 'difference', figures: [{ ...p50, limit: 12, bound: 'at most' }] }),
      status: 0,
      value: 10,
    },
    {
      what: 'a difference above its limit',
      row: row('a', { compare: 'difference', figures: [{ ...p50, limit: 9, bound: 'at most' }] }),
      status: 1,
      value: 10,
    },
    { what: 'medians, not means', row: row('a', { ours: [10, 20, 900], floor: [1, 10, 11] }), status: 0, value: 2 },
  ]

for (const { what, row, status, value } of cases) {
  t.test(`${what} exits with ${status}`, async (t) => {
    const { status: exited, result } = await run(['--json'], [row])
    const [measured] = JSON.parse(result) as [Measured]
    t.equal(exited, status)
    t.match(measured, { row: 'a', unit: 'ms', met: status === 0 })
    t.equal(measured.value, value)
  })
}

t.test('one missed target among others that are met is enough', async (t) => {
  t.equal((await run([], [row('a'), row('b', { ours: [90] }), row('c')])).status, 1)
  t.equal((await run(['a', 'c'], [row('a'), row('b', { ours: [90] }), row('c')])).status, 0)
})

t.test('the table is Markdown with both sides, their relation, the target and the verdict', async (t) => {
  const figures = [{ of: 'p50', from: median, limit: 1.5, bound: 'at most', aim: 15 }] as const
  const { result } = await run([], [row('a', { figures }), row('memory', { unit: 'MB', compare: 'difference' })])
  t.equal(
    result,
    `| what | ours | floor | ours to floor | target | verdict | aim for ours |
| --- | --- | --- | --- | --- | --- | --- |
| row a, p50 | 20.0 ms | 10.0 ms | 2.00× | ≤ 1.5× | **missed** | 15 ms |
| row memory | 20.0 MB | 10.0 MB | +10.0 MB | ≤ +2 MB | **missed** |  |
`,
  )
})

t.test('arguments', async (t) => {
  const all = [row('web'), row('web-many'), row('other', { ours: [10, 10, 10] })]
  const chosen = async (...argv: string[]) =>
    (JSON.parse((await run(['--json', ...argv], all)).result) as Measured[]).map(
      ({ row, rounds }) => `${row} ${rounds}`,
    )
  t.same(await chosen(), ['web 1', 'web-many 1', 'other 3'])
  t.same(await chosen('web'), ['web 1'], 'a whole name is that row alone')
  t.same(await chosen('we', '--rounds', '1'), ['web 1', 'web-many 1'])
  t.same(await chosen('other', '--quick'), ['other 1'])
  t.match(await run(['nobody'], all), { status: 2, result: '', progress: /no row is called 'nobody'; there are web/ })
  t.match(await run(['--rounds', 'many'], all), { status: 2, progress: /--rounds many: expected a whole number/ })
  t.match(await run(['--fast'], all), { status: 2, progress: /--fast/ })
})

t.test('percentiles', async (t) => {
  const samples = Array.from({ length: 200 }, (_, at) => 200 - at)
  t.same(
    [0.5, 0.99, 1].map((part) => percentile(samples, part)),
    [100, 198, 200],
  )
  t.equal(percentile([7], 0.99), 7)
  t.same([median([3, 1, 2]), median([4, 1, 2, 3])], [2, 2.5])
  t.throws(() => median([]))
  t.throws(() => percentile([], 0.5))
})

t.test('what is ended with a row is ended when a side of it fails', async (t) => {
  const ended: string[] = []
  const failing = row('a', {
    open: async (bench) => {
      for (const what of ['first', 'second']) bench.teardown(() => ended.push(what))
      return { ours: () => Promise.reject(new Error('no')), floor: () => Promise.resolve(1) }
    },
  })
  await t.rejects(run([], [failing]), { message: 'no' })
  t.same(ended, ['second', 'first'])
})

t.test('real rows: each sample is of something that took place', async (t) => {
  t.equal(new Set(rows.map(({ name }) => name)).size, rows.length, 'every row has a name of its own')
  const real = spawn(process.execPath, [main, '--json', '--quick', '--rounds', '1', 'rpc', 'rpc-1000'])
  t.teardown(() => real.kill())
  const exited = once(real, 'exit')
  const [result, progress] = await Promise.all([text(real.stdout), text(real.stderr)])
  const [status] = await exited
  const measured = JSON.parse(result || '[]') as Measured[]
  t.same(
    measured.map(({ title }) => title),
    ['RPC, 96 bytes, one caller, p50', 'RPC, 1000 descriptions, one caller, p50'],
    progress,
  )
  for (const { title, ours, floor, value } of measured) {
    t.ok(ours > 0 && floor > 0, title)
    t.equal(value, ours / floor, `${title}: the ratio is ours over the floor`)
  }
  t.equal(status, measured.every(({ met }) => met) ? 0 : 1, 'what was missed shows in the exit status')
})
