import { fileURLToPath } from 'node:url'
import t from 'tap'
import { startProcess } from '@infrakit/testing'

// Run by a control of canary-runner.test.ts alone: it does with the secret what nothing may do.
t.test('says a secret aloud', async (t) => {
  t.comment(`the environment has ${process.env['INFRAKIT_TEST_CANARY']}`)
  await startProcess(t, fileURLToPath(new URL('logs-environment.js', import.meta.url))).exited
  t.pass('and nobody minds')
})
