import { readFile } from 'node:fs/promises'
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

t.test('the journal names every pass in order, the deadly one too', async (t) => {
  const journal = join(await temporaryFolder(t), 'journal')
  const passes = async () => (await readFile(journal, 'utf8')).trim().split('\n')
  const both = ['write/temporary', 'write/renamed']
  await writeThrice(t, { INFRAKIT_FAILPOINT_JOURNAL: journal })
  t.same(await passes(), [...both, ...both, ...both])
  await writeThrice(t, { INFRAKIT_FAILPOINT_JOURNAL: journal, INFRAKIT_FAILPOINT: 'write/renamed' })
  t.same((await passes()).slice(6), both, 'what another process passes is added')
})
