import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { runScript, startProcess, temporaryFolder, type Teardown } from '@infrakit/testing'

interface Canary {
  readonly env: { INFRAKIT_TEST_CANARY: string }
  search(text: string): void
  attribute(test: string): void
  findings(): string[]
  remove(): void
}
type Tests = readonly { readonly source: string; readonly file: string }[]

const root = fileURLToPath(new URL('../..', import.meta.url))
const { plantCanary } = (await import(join(root, 'scripts/test/canary.js'))) as { plantCanary(): Canary }
const { runTests } = (await import(join(root, 'scripts/test/run.js'))) as {
  runTests(root: string, tests: Tests, onResult: () => void): Promise<{ ok: boolean; leaks: string[] }>
}

const talker = new URL('canary/logs-environment.js', import.meta.url)
const silent = new URL('canary/silent.js', import.meta.url)

/** A canary of this test's own, so that what it lets out on purpose is not taken for a leak of the run around it. */
function planted(t: Teardown): Canary {
  const before = { ...process.env }
  const canary = plantCanary()
  Object.assign(process.env, canary.env)
  t.teardown(() => {
    Object.assign(process.env, before)
    canary.remove()
  })
  return canary
}

/** Runs `work` as a test of its own would be run: whatever it wants done at its end is done when this is over. */
async function inTest(work: (t: Teardown) => Promise<unknown>): Promise<void> {
  const ends: (() => unknown)[] = []
  await work({ teardown: (end) => ends.unshift(end) })
  for (const end of ends) await end()
}

t.test('a process that logs its environment is caught', async (t) => {
  const canary = planted(t)
  await inTest(async (t) => {
    const { child } = startProcess(t, fileURLToPath(talker), ['--verbose'])
    await new Promise((resolve) => child.once('close', resolve))
  })
  const [finding = '', ...more] = canary.findings()
  t.match(
    finding,
    /canary-runner\.test\.js: the secret of this run is in .*logs-environment\.js --verbose: started with/,
  )
  t.notMatch(finding, canary.env.INFRAKIT_TEST_CANARY, 'and the secret is not told once more')
  t.same(more, [])
})

t.test('so is one that is talked to', async (t) => {
  const canary = planted(t)
  await inTest(async (t) => runScript(t, talker, []).exited)
  t.match(canary.findings(), [/logs-environment\.js/])
})

t.test('so is a file that is left behind', async (t) => {
  const canary = planted(t)
  await inTest(async (t) => {
    const folder = join(await temporaryFolder(t), 'state', 'group')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'journal'), `{}\n{"token":"${canary.env.INFRAKIT_TEST_CANARY}"}\n`)
  })
  t.match(canary.findings(), [/state\/group\/journal: \{"token":"<canary>"\}/])
})

t.test('so is what a test prints, and the test is named', async (t) => {
  const canary = planted(t)
  canary.search('ok 1 - fine')
  canary.attribute('a.test.ts')
  canary.search(`not ok 1 - got ${canary.env.INFRAKIT_TEST_CANARY}`)
  canary.attribute('b.test.ts')
  t.match(canary.findings(), [/^b\.test\.ts: .* what it prints: not ok 1 - got <canary>$/])
})

t.test('what keeps the secret to itself is not complained about', async (t) => {
  const canary = planted(t)
  await inTest(async (t) => {
    await writeFile(join(await temporaryFolder(t), 'log'), 'started with nothing in particular\n')
    await runScript(t, silent, []).exited
  })
  t.same(canary.findings(), [])
})

t.test('a run of tests that say it aloud is told where they did', async (t) => {
  const file = 'test/dist/canary/leaky.js'
  const { ok, leaks } = await runTests(root, [{ source: 'leaky.test.ts', file }], () => undefined)
  t.equal(ok, true, 'the tests themselves found nothing wrong')
  t.match(leaks, [/^leaky\.test\.ts: .*the environment has <canary>/, /logs-environment\.js: started with/])
})
