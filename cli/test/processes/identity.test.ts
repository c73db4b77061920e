import { temporaryFolder, waitUntil } from '@infrakit/testing'
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { identify, isRunning, parentOf, signal } from '../../src/processes/identity.js'
import { servesSocket } from '../../src/processes/serves.js'

t.test('a process is told from a later one with its pid', async (t) => {
  const child = spawn('sleep', ['60'])
  t.teardown(() => child.kill('SIGKILL'))
  const identity = await waitUntil('the child to run', () => identify(child.pid ?? -1))
  t.ok(isRunning(identity))
  t.equal(parentOf(identity.pid), process.pid)
  const other = { ...identity, started: `${identity.started}0` }
  t.notOk(isRunning(other), 'same pid, other start')
  t.notOk(signal(other, 'SIGKILL'), 'and it is not signalled')
  t.ok(isRunning(identity), 'it still runs')
  t.ok(signal(identity, 'SIGKILL'))
  await waitUntil('its end', () => !isRunning(identity))
  t.notOk(signal(identity, 'SIGKILL'), 'nothing is sent to what has ended')
})

t.test('who serves a socket', async (t) => {
  const path = join(await temporaryFolder(t), 's')
  const server = createServer().listen(path)
  t.teardown(() => server.close())
  await waitUntil('it to listen', () => server.listening)
  t.ok(servesSocket(process.pid, path))
  t.notOk(servesSocket(process.ppid, path), 'another process does not')
  t.notOk(servesSocket(process.pid, `${path}x`), 'not another socket')
})
