import t from 'tap'
import { waitUntil } from '@infrakit/testing'
import { needsDocker, testImage, unique } from '@infrakit/testing/engine'
import {
  createContainer,
  inspectContainer,
  killContainer,
  listContainers,
  removeContainer,
  startContainer,
  stopContainer,
  waitForContainer,
} from '../src/containers.js'
import type { Engine } from '../src/engine.js'
import { execInContainer } from '../src/exec.js'
import { tailLogs } from '../src/logs.js'
import { getJson, rejects, testContainer, testEngine } from './support.js'

t.test('a server is made, found, asked, renamed, stopped and removed', needsDocker, async (t) => {
  const engine = await testEngine(t)
  const label = unique('label')
  const { id, name } = await testContainer(t, testImage('node-server'), {
    Env: ['RELEASE=7'],
    Labels: { [label]: 'a b&c' },
    HostConfig: { PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } },
  })
  t.match(await inspectContainer(engine, name), { id, name, state: 'created', ports: [], health: undefined })
  await startContainer(engine, id)
  await startContainer(engine, id)
  const running = await inspectContainer(engine, id)
  t.match(running, { state: 'running', labels: { [label]: 'a b&c' }, terminal: false, addresses: { bridge: /^\d+\./ } })
  t.match(running.ports, [{ hostIp: '127.0.0.1', containerPort: 8080, protocol: 'tcp' }])
  const url = `http://127.0.0.1:${running.ports[0]?.hostPort}/`
  const answer = await waitUntil('an answer', () => getJson(url))
  t.match(answer, { release: '7', hostname: id.slice(0, 12) })
  const { exitCode, error, outOfMemory, startedAt, finishedAt, health, terminal, graceSeconds, ...same } = running
  const summary = { ...same, status: /^Up / }
  t.same([exitCode, error, outOfMemory, health, terminal, graceSeconds], [0, '', false, undefined, false, undefined])
  t.ok(Date.parse(startedAt) > Date.parse(finishedAt))
  t.match(await listContainers(engine, { labels: { [label]: 'a b&c' } }), [summary], 'found by a label and its value')
  t.match(await listContainers(engine, { labels: { [label]: undefined } }), [summary], 'found by a label')
  t.same(await listContainers(engine, { labels: { [label]: 'other' } }), [])
  const waiting = waitForContainer(engine, id)
  await stopContainer(engine, id, 30)
  await stopContainer(engine, id, 30)
  t.equal(await waiting, 0, 'it ended by itself')
  t.match(await listContainers(engine, { labels: { [label]: undefined } }), [{ id, state: 'exited' }])
  t.same(await tailLogs(engine, id, 5), ['release 7 listens on 8080'])
  await removeContainer(engine, id)
  await removeContainer(engine, id)
  t.same(await listContainers(engine, { labels: { [label]: undefined } }), [])
})

t.test('commands in a container, logs, and being killed', needsDocker, async (t) => {
  const engine = await testEngine(t)
  const script = 'for n in 1 2 3 4 5; do echo line $n; done; echo last >&2; exec sleep 1000'
  const { id } = await testContainer(t, testImage('busybox'), { Cmd: ['sh', '-c', script] })
  await rejects(t, execInContainer(engine, id, { command: ['true'] }), { kind: 'conflict' }, 'it does not run yet')
  await startContainer(engine, id)
  const run = (script: string, more = {}) => execInContainer(engine, id, { command: ['sh', '-c', script], ...more })
  t.same(await run('echo out; echo err >&2; exit 3'), { exitCode: 3, stdout: 'out\n', stderr: 'err\n', cut: false })
  t.match(await run('echo $A; pwd; id -u', { env: { A: 'b c' }, workingDir: '/tmp', user: '77' }), {
    stdout: 'b c\n/tmp\n77\n',
  })
  t.match(await execInContainer(engine, id, { command: ['nothing'] }), {
    exitCode: /12[67]/,
    stdout: /executable file not found/,
  })
  const much = await run('yes 0123456789 | head -c 3000000; echo the end')
  t.equal(much.stdout.length, 1024 * 1024)
  t.match(much, { cut: true, exitCode: 0, stdout: /the end\n$/ })
  await rejects(t, execInContainer(engine, id, { command: ['sleep', '1000'] }, { timeout: 200 }), { kind: 'timeout' })
  await waitUntil('the last line', async () => (await tailLogs(engine, id, 10)).includes('last'))
  t.same((await tailLogs(engine, id, 10)).length, 6)
  t.equal((await tailLogs(engine, id, 2)).length, 2)
  await killContainer(engine, id)
  t.equal(await waitForContainer(engine, id), 137)
  t.match(await inspectContainer(engine, id), { state: 'exited', exitCode: 137 })
  await rejects(t, killContainer(engine, id), { kind: 'conflict', message: /is not running/ })
})

t.test('the output of a terminal', needsDocker, async (t) => {
  const engine = await testEngine(t)
  const { id } = await testContainer(t, testImage('busybox'), { Tty: true, Cmd: ['sh', '-c', 'echo 123; echo b >&2'] })
  await startContainer(engine, id)
  t.equal(await waitForContainer(engine, id), 0)
  t.same(await tailLogs(engine, id, 10), ['123', 'b'])
})

t.test('what cannot be done', needsDocker, async (t) => {
  const engine = await testEngine(t)
  const image = testImage('busybox')
  const { id, name } = await testContainer(t, image)
  const create = (definition: object) => createContainer(engine, { name, definition: { ...definition } })
  await rejects(
    t,
    create({ Image: image }),
    { kind: 'conflict', message: /create container .*already in use/ },
    'a name twice',
  )
  await rejects(t, create({ Image: 'ik-none:1' }), {
    kind: 'not-found',
    message: /No such image/,
    hint: /Pull the image/,
  })
  await rejects(t, create({}), { kind: /input|plugin-failed/, message: /create container/ }, 'no image at all')
  const calls: ((engine: Engine, id: string) => Promise<unknown>)[] = [
    inspectContainer,
    startContainer,
    waitForContainer,
  ]
  for (const work of calls) {
    await rejects(t, work(engine, 'ik-none'), { kind: 'not-found', message: /No such container: ik-none/ })
    for (const none of ['', '.', '..']) await rejects(t, work(engine, none), { kind: 'input' }, `'${none}'`)
  }
  await rejects(t, inspectContainer(engine, '../images/json?all=1'), { kind: 'input' }, 'no other path')
  await rejects(t, removeContainer(engine, ''), { kind: 'input' })
  const published = (PortBindings: object) =>
    testContainer(t, image, { ExposedPorts: { '1/tcp': {} }, HostConfig: { PortBindings } })
  const holder = await published({ '1/tcp': [{ HostIp: '127.0.0.1' }] })
  await startContainer(engine, holder.id)
  const taken = (await inspectContainer(engine, holder.id)).ports[0]?.hostPort
  const sameBindings = { '1/tcp': [{ HostIp: '127.0.0.1', HostPort: String(taken) }] }
  const second = await published(sameBindings)
  await rejects(t, startContainer(engine, second.id), { message: /already allocated|in use/, hint: /another port/ })
  await removeContainer(engine, holder.id)
  await startContainer(engine, second.id)
  const missing = await testContainer(t, image, { Cmd: ['/no/such/program'] })
  await rejects(t, startContainer(engine, missing.id), { message: /start container .*no such file/ })
  t.match(await inspectContainer(engine, missing.id), { state: 'created', error: /no such file/ })
  await rejects(t, waitForContainer(engine, second.id, { signal: AbortSignal.abort() }), {
    kind: 'timeout',
    message: /cancelled/,
  })
  t.match(await inspectContainer(engine, id), { state: 'created' }, 'the first one is as it was')
})

t.test('many at once', needsDocker, async (t) => {
  const engine = await testEngine(t)
  const image = testImage('busybox')
  const made = await Promise.all(Array.from({ length: 8 }, () => testContainer(t, image)))
  await Promise.all(made.map(({ id }) => Promise.all([startContainer(engine, id), startContainer(engine, id)])))
  const states = await Promise.all(made.map(async ({ id }) => (await inspectContainer(engine, id)).state))
  t.same(new Set(states), new Set(['running']))
  await Promise.all(made.map(({ id }) => Promise.all(Array.from({ length: 4 }, () => removeContainer(engine, id)))))
  for (const { id } of made) await rejects(t, inspectContainer(engine, id), { kind: 'not-found' })
})
