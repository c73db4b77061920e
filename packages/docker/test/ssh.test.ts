import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { skipFor, temporaryFolder, waitUntil, type Teardown } from '@infrakit/testing'
import { needsDocker, testImage } from '@infrakit/testing/engine'
import { inspectContainer, startContainer } from '../src/containers.js'
import { connect, type Engine } from '../src/engine.js'
import { listenToEvents } from '../src/events.js'
import { execInContainer } from '../src/exec.js'
import { sshCommand } from '../src/ssh-agent.js'
import { engineVersion } from '../src/version.js'
import { rejects, testContainer } from './support.js'

const skip = needsDocker.skip || skipFor(['socat'])

/** The engine through a program called ssh, which writes down how it was called, and its pid. */
async function through(t: Teardown, script: string): Promise<{ engine: Engine; calls(): Promise<string[]> }> {
  const folder = await temporaryFolder(t)
  const log = join(folder, 'calls')
  await writeFile(log, '')
  await writeFile(join(folder, 'ssh'), `#!/bin/sh\necho "$$ $*" >> ${log}\n${script}\n`)
  await chmod(join(folder, 'ssh'), 0o755)
  const env = { PATH: `${folder}:${process.env['PATH']}`, DOCKER_HOST: 'ssh://me@far:2222' }
  const engine = await connect({ env, home: folder })
  t.teardown(() => engine.close())
  return { engine, calls: async () => (await readFile(log, 'utf8')).trim().split('\n') }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

t.test('the command', async (t) => {
  const address = { kind: 'ssh', host: 'far', port: undefined, user: undefined, path: undefined } as const
  const options = ['ssh', '-T', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=30']
  t.same(sshCommand(address), [...options, '--', 'far', 'docker', 'system', 'dial-stdio'])
  t.same(sshCommand({ ...address, user: 'me', port: 22, path: '/s' }), [
    ...options,
    ...['-l', 'me', '-p', '22', '--', 'far', 'docker', '--host', 'unix:///s', 'system', 'dial-stdio'],
  ])
})

t.test('an engine behind ssh', { skip }, async (t) => {
  const { engine, calls } = await through(t, 'exec socat - UNIX-CONNECT:/var/run/docker.sock')
  for (let n = 0; n < 3; n++) t.match(await engineVersion(engine), { version: /./ })
  t.equal((await calls()).length, 1, 'one connection for all')
  t.match((await calls())[0], /-l me -p 2222 -- far docker system dial-stdio/)
  const { id } = await testContainer(t, testImage('busybox'))
  await startContainer(engine, id)
  t.match(await inspectContainer(engine, id), { state: 'running' })
  const much = await execInContainer(engine, id, { command: ['sh', '-c', 'yes | head -c 1000000'] })
  t.equal(much.stdout.length, 1_000_000)
  const seen: string[] = []
  const on = { onEvent: () => undefined, onConnected: () => seen.push('connected'), onLost: () => seen.push('lost') }
  const listening = listenToEvents(engine, on, { signal: new AbortController().signal })
  await waitUntil('the stream', () => seen.length === 1)
  const pids = (await calls()).map((line) => Number.parseInt(line))
  for (const pid of pids.filter(isRunning)) process.kill(pid, 'SIGKILL')
  await waitUntil('the stream again', () => seen.join() === 'connected,lost,connected')
  t.match(await engineVersion(engine), { version: /./ }, 'and calls connect again')
  engine.close()
  await listening
  const all = (await calls()).map((line) => Number.parseInt(line))
  await waitUntil('the end of every ssh', () => !all.some(isRunning))
})

t.test('ssh that fails: its words are told', { skip }, async (t) => {
  const refused = await through(t, 'echo "Permission denied (publickey)." >&2; exit 255')
  const error = {
    kind: 'unavailable',
    message: /ssh:\/\/me@far:2222 .*Permission denied \(publickey\)/,
    hint: /by hand/,
  }
  await rejects(t, engineVersion(refused.engine), error)
  const silent = await through(t, 'exit 1')
  await rejects(t, engineVersion(silent.engine), { kind: 'unavailable', message: /ssh ended with status 1/ })
  const early = await through(t, 'exit 0')
  await rejects(t, engineVersion(early.engine), { kind: 'unavailable' })
  const missing = await connect({ env: { PATH: '/nowhere', DOCKER_HOST: 'ssh://far' }, home: '/nowhere' })
  t.teardown(() => missing.close())
  await rejects(t, engineVersion(missing), { kind: 'unavailable', message: /cannot run ssh/ })
})
