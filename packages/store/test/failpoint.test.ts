import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startProcess, temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { createFailpoint, mindsFailpoints } from '../src/index.js'

/** Writes a file three times in a process of its own, which is told to mind its failpoints in this way. */
async function writeThrice(t: Tap, env: Record<string, string>) {
  const file = join(await temporaryFolder(t), 'text')
  const script = fileURLToPath(new URL('fixtures/write-thrice.js', import.meta.url))
  const started = startProcess(t, script, [file], env)
  const { code, signal } = await started.exited
  const text = await readFile(file, 'utf8').catch(() => 'nothing')
  return { code, signal, text, said: started.output().trim().split('\n').filter(Boolean) }
}

type Tap = Pick<typeof t, 'teardown'>

t.test('not asked for, failpoints are nothing', async (t) => {
  t.equal(createFailpoint({}), undefined)
  t.equal(createFailpoint({ INFRAKIT_FAILPOINT: '', INFRAKIT_FAILPOINT_JOURNAL: '' }), undefined)
  t.notOk(mindsFailpoints)
})

t.test('the process is killed where it is told to, and then does nothing more', async (t) => {
  const killed = { code: null, signal: 'SIGKILL' }
  const cases = [
    { at: 'write/temporary', text: 'nothing', said: [] },
    { at: 'write/renamed', text: '1', said: [] },
    { at: 'write/temporary:3', text: '2', said: ['wrote 1', 'wrote 2'] },
  ]
  for (const { at, text, said } of cases) {
    t.match(await writeThrice(t, { INFRAKIT_FAILPOINT: at }), { ...killed, text, said }, at)
  }
  const unbroken = { code: 0, signal: null, text: '3' }
  for (const at of ['write/temporary:4', 'write', 'elsewhere']) {
    t.match(await writeThrice(t, { INFRAKIT_FAILPOINT: at }), unbroken, `not at ${at}, where it never passes`)
  }
})

t.test('told by a file, the process removes it before it dies, and the next one lives', async (t) => {
  const armed = join(await temporaryFolder(t), 'armed')
  const env = { INFRAKIT_FAILPOINT: `@${armed}` }
  t.match(await writeThrice(t, env), { code: 0, text: '3' }, 'without the file')
  await writeFile(armed, 'write/renamed:2')
  t.match(await writeThrice(t, env), { signal: 'SIGKILL', text: '2', said: ['wrote 1'] })
  t.match(await writeThrice(t, env), { code: 0, text: '3' }, 'the file is gone')
})

t.test('what a file says counts from the moment when it says so', async (t) => {
  const armed = join(await temporaryFolder(t), 'armed')
  const killed: unknown[] = []
  t.intercept(process, 'kill', { value: (...call: unknown[]) => killed.push(call) })
  const failpoint = createFailpoint({ INFRAKIT_FAILPOINT: `@${armed}` })
  failpoint?.('here')
  await writeFile(armed, 'here:2')
  failpoint?.('here')
  failpoint?.('elsewhere')
  t.same(killed, [])
  failpoint?.('here')
  t.same(killed, [[process.pid, 'SIGKILL']])
})

t.test('the journal names every pass in order, the deadly one too', async (t) => {
  const journal = join(await temporaryFolder(t), 'journal')
  const passes = async () => (await readFile(journal, 'utf8')).trim().split('\n')
  const both = ['write/temporary', 'write/renamed']
  await writeThrice(t, { INFRAKIT_FAILPOINT_JOURNAL: journal })
  t.same(await passes(), [...both, ...both, ...both])
  await writeThrice(t, { INFRAKIT_FAILPOINT_JOURNAL: journal, INFRAKIT_FAILPOINT: 'write/renamed' })
  t.same((await passes()).slice(6), both, 'what another process passes is added')
})
