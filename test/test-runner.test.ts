import { execFileSync } from 'node:child_process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import t from 'tap'

interface FileResult {
  readonly ok: boolean
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly assertions: number
  readonly lacking: readonly string[]
  readonly tookMs: number
  readonly failures: readonly { readonly path: readonly string[]; readonly diagnostics: readonly string[] }[]
}
interface Results {
  readResults(text: string): Map<string, FileResult>
  total(results: Iterable<FileResult>): Pick<FileResult, 'passed' | 'failed' | 'skipped'>
  summary(sum: Pick<FileResult, 'passed' | 'failed' | 'skipped'>): string
}
interface Required {
  complaints(
    required: readonly string[],
    ran: ReadonlyMap<string, { assertions: number; lacking?: readonly string[] }>,
    isAround?: (tool: string) => boolean,
  ): string[]
}

const scripts = fileURLToPath(new URL('../../scripts/test', import.meta.url))
const { readResults, total, summary } = (await import(`${scripts}/results.js`)) as Results
const { complaints } = (await import(`${scripts}/required.js`)) as Required

const sample = `TAP version 14
# Subtest: good.test.js
    # Subtest: adds
        ok 1 - should be equal
        # Subtest: nested
            ok 1 - should be equal
            1..1
        ok 2 - nested # time=3ms
        1..2
    ok 1 - adds # time=7ms
    ok 2 - with an # in its name
    ok 3 - not here # SKIP no service
    ok 4 - later # TODO
    1..4
ok 1 - good.test.js # time=45ms

# Subtest: bad.test.js
    not ok 1 - differs
      ---
      diff: |
        ok 7 - looks like a test and is none
      ...
    ok 2 - fine
    1..2
not ok 2 - bad.test.js # time=45ms
  ---
  exitCode: 1
  ...
# Subtest: broken.test.js
    1..0 # no tests found
not ok 3 - broken.test.js # time=1s
# Subtest: hung.test.js
    ok 1 - fine
    1..1
not ok 4 - hung.test.js # time=30s
# Subtest: skipped.test.js
    1..0 # no service
ok 5 - skipped.test.js # SKIP no service
# Subtest: buffered.test.js
    ok 1 - inside # time=1ms {
        ok 1 - deeper
        1..1
    }
    # Subtest: around
        # Subtest: within
            not ok 1 - innermost
              ---
              at: line 1
              ...
            1..1
        not ok 1 - within # time=1ms
          ---
          at: line 2
          ...
        1..1
    not ok 2 - around # time=2ms
    1..2
not ok 6 - buffered.test.js # time=5ms
---
it was printed by the test
1..6
`

t.test('results are counted by file', async (t) => {
  const results = readResults(sample)
  t.strictSame([...results.keys()].sort(), [
    'bad.test.js',
    'broken.test.js',
    'buffered.test.js',
    'good.test.js',
    'hung.test.js',
    'skipped.test.js',
  ])
  t.match(results.get('good.test.js'), {
    ok: true,
    passed: 2,
    failed: 0,
    skipped: 2,
    assertions: 3,
    tookMs: 45,
    lacking: ['no service'],
  })
  t.equal(results.get('hung.test.js')?.tookMs, 30_000)
  t.equal(results.get('skipped.test.js')?.tookMs, 0, 'nothing is said of it')
  t.match(results.get('bad.test.js'), { ok: false, passed: 1, failed: 1, skipped: 0, assertions: 2 })
  t.match(results.get('buffered.test.js'), { ok: false, passed: 1, failed: 1, skipped: 0, assertions: 2 })
  t.equal(results.get('skipped.test.js')?.assertions, 0, 'a skipped file asserts nothing')
})

t.test('a file that broke without a failed test counts as a failure', async (t) => {
  const results = readResults(sample)
  const one = (name: string) => total([...results].filter(([file]) => file === name).map(([, result]) => result))
  t.same(one('broken.test.js'), { passed: 0, failed: 1, skipped: 0 })
  t.same(one('hung.test.js'), { passed: 1, failed: 1, skipped: 0 })
})

t.test('a failure is told where it happened, once', async (t) => {
  const results = readResults(sample)
  const failures = (name: string) => results.get(name)?.failures
  t.same(failures('good.test.js'), [])
  t.same(failures('bad.test.js'), [
    { path: ['differs'], diagnostics: ['diff: |', '  ok 7 - looks like a test and is none'] },
  ])
  t.same(failures('buffered.test.js'), [{ path: ['around', 'within', 'innermost'], diagnostics: ['at: line 1'] }])
  t.same(failures('hung.test.js'), [{ path: [], diagnostics: [] }], 'or it is the file')
})

t.test('the last line', async (t) => {
  t.equal(summary(total(readResults(sample).values())), '5 passed, 4 failed, 3 skipped')
  t.equal(summary({ passed: 2, failed: 0, skipped: 0 }), '2 passed, 0 failed')
})

t.test('where all services are there, a test file that did not run is named', async (t) => {
  const ran = new Map([
    ['a.test.ts', { assertions: 1 }],
    ['b.test.ts', { assertions: 0 }],
    ['new.test.ts', { assertions: 1 }],
  ])
  t.same(complaints(['a.test.ts', 'b.test.ts', 'c.test.ts'], ran), [
    'b.test.ts ran without a single assertion',
    'c.test.ts did not run',
    "new.test.ts is not in test/required-tests.txt; 'npm run test:list' adds it",
  ])
  t.same(complaints(['a.test.ts'], new Map([['a.test.ts', { assertions: 1 }]])), [], 'and nothing else')
})

t.test('a test file is excused when all that it lacks cannot be brought, and is not around', async (t) => {
  const silent = (...lacking: string[]) => new Map([['a.test.ts', { assertions: 0, lacking }]])
  const judged = (ran: ReturnType<typeof silent>, around = false) => complaints(['a.test.ts'], ran, () => around)
  const excuse = 'cannot be brought: terraform (for a reason)'
  t.same(judged(silent(excuse, excuse)), [])
  const complaint = ['a.test.ts ran without a single assertion']
  t.same(judged(silent(excuse), true), complaint, 'where it is there its tests have to run')
  t.same(judged(silent()), complaint, 'nothing is said')
  t.same(judged(silent(excuse, 'not there: docker (npm run services docker)')), complaint, 'something else is missing')
  t.same(judged(silent('cannot be brought: docker (so they say)')), complaint, 'what is not on the list')
})

t.test('what a test starts has none of the hooks of tap, and all other options', async (t) => {
  const hooks = import.meta.resolve('@tapjs/processinfo/import')
  const plain = pathToFileURL(`${scripts}/plain-children.js`).href
  const start = `execFileSync(process.execPath, ['-p', 'process.env.NODE_OPTIONS'], { encoding: 'utf8' }).trim()`
  const program = `process.stdout.write(require('node:child_process').${start})`
  const optionsBelow = (...preloaded: string[]) =>
    execFileSync(process.execPath, [...preloaded.map((one) => `--import=${one}`), '--eval', program], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '--no-warnings' },
    })
  t.equal(optionsBelow(hooks, plain), '"--no-warnings"')
  t.match(optionsBelow(hooks), 'processinfo', 'tap would have them loaded')
})
