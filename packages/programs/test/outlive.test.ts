import { readFileSync } from 'node:fs'
import { temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { endAll } from '../src/ending.js'
import { untilEnded } from '../src/outlive.js'
import { markName, openProcessTable } from '../src/process-table.js'
import { runOnce } from '../src/run-once.js'
import { logFile, startSupervisor } from '../src/supervisor.js'

const table = openProcessTable()
const environment = (mark: string) => ({ PATH: process.env['PATH'] ?? '', [markName]: mark })

t.test('what is supervised writes a log, and how it ended is known to whoever asks, also afterwards', async (t) => {
  const dir = await temporaryFolder(t)
  const prepared = { cwd: dir, environment: environment(`${dir}.`) }
  const command = ['/bin/sh', '-c', 'echo said; sleep 0.1; exit 7']
  const Supervisor = await startSupervisor(table, { dir, command, prepared, ended: () => undefined })
  t.equal(await untilEnded(table, { Supervisor, dir }), 7)
  t.equal(await untilEnded(table, { Supervisor, dir }), 7)
  t.equal(readFileSync(logFile(dir), 'utf8'), 'said\n')
})

t.test('of a killed supervisor nobody knows how its command ended', async (t) => {
  const dir = await temporaryFolder(t)
  const prepared = { cwd: dir, environment: environment(`${dir}.`) }
  const command = ['/bin/sleep', '1000']
  const Supervisor = await startSupervisor(table, { dir, command, prepared, ended: () => undefined })
  const ended = untilEnded(table, { Supervisor, dir })
  await endAll(table, { name: dir, leader: Supervisor, mark: `${dir}.` }, { signal: 'SIGKILL', grace: 0 })
  t.equal(await ended, undefined)
})

t.test('what is run once ends at its deadline, with all that it started', async (t) => {
  const dir = await temporaryFolder(t)
  const errand = { name: 'it', cwd: dir, environment: environment(`${dir}.`), mark: `${dir}.` }
  t.match(await runOnce(table, { ...errand, command: ['sh', '-c', 'echo out; exit 3'], timeout: 10_000 }), {
    exitCode: 3,
    output: 'out\n',
  })
  const late = runOnce(table, { ...errand, command: ['sh', '-c', 'setsid sleep 1000 & sleep 1000'], timeout: 200 })
  await t.rejects(late, { kind: 'timeout', message: /it did not end within 0.2 s/ })
  t.same(table.marked(`${dir}.`), [], 'also what left its session')
})
