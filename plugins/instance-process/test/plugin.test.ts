import { readFileSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { tag } from '@infrakit/spi'
import { temporaryFolder, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { countOf, foldersIn, open, rejection, sh, sleeper, table } from './support.js'

t.test('provision, describe, label, destroy', async (t) => {
  const { instance, make, describe, pidOf, ids, dir, events } = await open(t)
  const id = await make(sleeper, { Tags: { tier: 'a' }, LogicalID: 'pet' })
  t.match(id, /^process-[0-9a-f]{16}$/)
  const one = await describe(id)
  t.match(one, { ID: id, LogicalID: 'pet', Tags: { tier: 'a' } })
  t.equal(one?.State, undefined)
  const Pid = await pidOf(id)
  await waitUntil('the command', () => readFileSync(`/proc/${Pid}/cmdline`, 'utf8').startsWith('/usr/bin/sleep\0'))
  await instance.label({ Instance: id, Labels: { tier: 'b', new: '1' } })
  t.same((await describe(id))?.Tags, { tier: 'b', new: '1' })
  await instance.destroy({ Instance: id })
  t.same(await ids(), [])
  t.equal(table.see(Pid), undefined)
  t.equal(countOf(dir), 0)
  t.same(await foldersIn(dir), [])
  t.same([...new Set(events)], [`created ${id}`, `changed ${id}`, `destroyed ${id}`])
  t.equal((await rejection(instance.destroy({ Instance: id }))).kind, 'not-found')
  t.equal((await rejection(instance.destroy({ Instance: '../../etc/passwd' }))).kind, 'not-found')
})

t.test('the command gets its identity, its ports and little else', async (t) => {
  const { make, says, shown } = await open(t)
  process.env['OF_THE_PLUGIN'] = 'a secret of the plugin'
  t.teardown(() => delete process.env['OF_THE_PLUGIN'])
  const attached = await temporaryFolder(t)
  const id = await make(
    { Command: ['env'], Environment: { MINE: 'a b', PORT_x: '1' }, Ports: [{ Name: 'http' }, { Name: 'x' }] },
    { LogicalID: 'pet', Tags: { [tag.group]: 'web' }, Attachments: [{ ID: attached, Type: 'bind' }] },
  )
  const { Endpoints } = await shown(id)
  const lines = await says(id, /^INFRAKIT_PROCESS=/)
  const port = Endpoints[0]?.Port
  t.same(Endpoints[0], { Host: '127.0.0.1', Port: port, Protocol: 'tcp', Name: 'http' })
  for (const line of [
    `INFRAKIT_INSTANCE_ID=${id}`,
    'INFRAKIT_LOGICAL_ID=pet',
    'INFRAKIT_GROUP=web',
    `INFRAKIT_ATTACHMENTS=${attached}`,
    'MINE=a b',
    `PORT=${port}`,
    `PORT_http=${port}`,
    'PORT_x=1',
  ]) {
    t.ok(lines.includes(line), line)
  }
  t.notOk(lines.some((line) => line.includes('a secret of the plugin')))
})

t.test('how a command ended is told, and nothing of it is left', async (t) => {
  const { make, describe, shown, events, dir } = await open(t)
  const cases: [what: object, reason: string][] = [
    [sh('exit 3'), 'exited with code 3'],
    [sh('exit 0'), 'exited with code 0'],
    [sh('kill -9 $$'), 'ended by SIGKILL (code 137)'],
    [sh('sleep 100000 & kill -TERM $$'), 'ended by SIGTERM (code 143)'],
    [sh('setsid sleep 100000 & exit 4'), 'exited with code 4'],
  ]
  for (const [properties, reason] of cases) {
    const id = await make(properties)
    await waitUntil('its end', async () => (await describe(id))?.State === 'failed')
    t.equal((await describe(id))?.StateReason, reason)
    t.equal((await shown(id)).Pid, null)
    t.ok(events.includes(`changed ${id}`))
  }
  await waitUntil('the rest to be ended', () => countOf(dir) === 0)
})

t.test('an end is published without anybody asking', async (t) => {
  const { make, pidOf, events } = await open(t)
  const id = await make(sleeper)
  process.kill(await pidOf(id), 'SIGKILL')
  await waitUntil('the event', () => events.includes(`changed ${id}`))
})

t.test('a killed supervisor: failed, and its command does not run on', async (t) => {
  const { make, describe, pidOf, dir } = await open(t)
  const id = await make(sleeper)
  const command = table.see(await pidOf(id))
  if (!command) return t.fail('its command has ended')
  process.kill(command.parent, 'SIGKILL')
  const reason = () => describe(id).then((one) => one?.StateReason)
  await waitUntil(
    'it to be noticed',
    async () => (await reason()) === 'it ended, and its supervisor process could not tell how',
  )
  await waitUntil('its command to end', () => countOf(dir) === 0)
})

t.test('stop and start keep the ID, the tags and the ports', async (t) => {
  const { make, describe, shown, pidOf, lifecycle, dir } = await open(t)
  const id = await make({ ...sleeper, Ports: [{ Name: 'http' }] }, { Tags: { a: '1' } })
  const [before, pid] = [await shown(id), await pidOf(id)]
  await lifecycle.stop({ Instance: id })
  await lifecycle.stop({ Instance: id })
  t.equal(countOf(dir), 0)
  t.match(await describe(id), {
    ID: id,
    State: 'stopped',
    Tags: { a: '1' },
    Properties: { Endpoints: before.Endpoints },
  })
  await lifecycle.start({ Instance: id })
  await lifecycle.start({ Instance: id })
  const [after, newPid] = [await shown(id), await pidOf(id)]
  t.equal((await describe(id))?.State, undefined)
  t.same(after.Endpoints, before.Endpoints)
  t.not(newPid, pid)
  t.ok(await waitUntil('its command alone', () => countOf(dir) === 1))
  for (const call of [lifecycle.stop({ Instance: 'nosuch' }), lifecycle.start({ Instance: 'nosuch' })]) {
    t.equal((await rejection(call)).kind, 'not-found')
  }
})

t.test('a port that another process took meanwhile is named', async (t) => {
  const { make, shown, describe, lifecycle } = await open(t)
  const id = await make({ ...sleeper, Ports: [{ Name: 'http' }] })
  const port = (await shown(id)).Endpoints[0]?.Port ?? 0
  await lifecycle.stop({ Instance: id })
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, resolve))
  const { kind, message } = await rejection(lifecycle.start({ Instance: id }))
  t.equal(kind, 'plugin-failed')
  t.match(message, `port ${port}/tcp ('http') is taken: another process listens there`)
  t.equal((await describe(id))?.State, 'stopped')
  await new Promise((resolve) => server.close(resolve))
  await lifecycle.start({ Instance: id })
  t.equal((await describe(id))?.State, undefined)
})

t.test('two instances never get one port, and one that is asked for twice is refused', async (t) => {
  const { make, shown, dir } = await open(t, { range: { first: 21_000, last: 21_040 } })
  const properties = { ...sleeper, Ports: [{ Name: 'a' }, { Name: 'b' }] }
  const ids = await Promise.all(Array.from({ length: 10 }, () => make(properties)))
  const ports = (await Promise.all(ids.map((id) => shown(id)))).flatMap(({ Endpoints }) => Endpoints.map((e) => e.Port))
  t.equal(new Set(ports).size, 20)
  const same = { ...sleeper, Ports: [{ Name: 'a', Port: ports[0] }] }
  const { kind, message } = await rejection(make(same))
  t.equal(kind, 'plugin-failed')
  t.match(message, new RegExp(`port ${ports[0]}/tcp \\('a'\\) is taken: it belongs to process-`))
  t.equal((await foldersIn(dir)).length, 10)
})

t.test('no free port is left', async (t) => {
  const { make } = await open(t, { range: { first: 22_000, last: 22_000 } })
  const properties = { ...sleeper, Ports: [{ Name: 'a' }, { Name: 'b' }] }
  t.match(await rejection(make(properties)), {
    kind: 'plugin-failed',
    message: /no port from 22000 to 22000/,
    hint: /--ports/,
  })
})

t.test('destroy asks first, waits for the grace, then kills all', async (t) => {
  const { make, says, instance, dir } = await open(t)
  const note = join(await temporaryFolder(t), 'note')
  const polite = await make(sh(`trap 'echo asked >"$1"; exit' TERM; echo ready; while :; do sleep 0.01; done`, note))
  await says(polite, 'ready')
  await instance.destroy({ Instance: polite })
  t.equal(readFileSync(note, 'utf8'), 'asked\n')
  const deaf = await make({ ...sh(`trap '' TERM; echo ready; while :; do sleep 1; done`), StopGrace: '50ms' })
  await says(deaf, 'ready')
  await instance.destroy({ Instance: deaf })
  t.equal(countOf(dir), 0)
})

t.test('a stop signal of its own', async (t) => {
  const { make, says, lifecycle } = await open(t)
  const id = await make({
    ...sh(`trap 'echo told; exit' USR1; echo ready; while :; do sleep 0.01; done`),
    StopSignal: 'SIGUSR1',
  })
  await says(id, 'ready')
  await lifecycle.stop({ Instance: id })
  await says(id, 'told')
})

t.test('what left the session is ended as well', async (t) => {
  const { make, says, instance, dir } = await open(t)
  const id = await make(sh(`setsid sh -c 'echo out; exec sleep 100000' & wait`))
  await says(id, 'out')
  t.equal(table.marked('').filter((one) => one.mark.includes(id)).length, 3, 'supervisor, command and the one outside')
  await instance.destroy({ Instance: id })
  t.equal(table.marked('').filter((one) => one.mark.includes(id)).length, 0)
  t.equal(countOf(dir), 0)
})

t.test('a repeated provision key gives the same instance', async (t) => {
  const { make, ids, instance } = await open(t)
  const keyed = { Tags: { [tag.provision]: 'k' } }
  const [one, two] = await Promise.all([make(sleeper, keyed), make(sleeper, keyed)])
  t.equal(one, two)
  t.equal(await make(sleeper, keyed), one)
  t.same(await ids(), [one])
  await instance.destroy({ Instance: one ?? '' })
  t.not(await make(sleeper, keyed), one)
})

t.test('two plugins on one folder: the second is refused', async (t) => {
  const { dir } = await open(t)
  t.match(await rejection(open(t, { dir })), { kind: 'conflict', message: /is in use by process/, hint: /--dir/ })
})

t.test('a folder that cannot be used', async (t) => {
  const dir = join(await temporaryFolder(t), 'file')
  writeFileSync(dir, '')
  t.match(await rejection(open(t, { dir })), { kind: 'input', hint: /--dir/ })
})

t.test('a record that makes no sense is listed as failed, and can be destroyed', async (t) => {
  const first = await open(t)
  const [bad, good] = [await first.make(sleeper), await first.make(sleeper)]
  await first.stop()
  writeFileSync(join(first.dir, bad, 'instance.json'), '{ "secret')
  const { describe, instance, lifecycle, ids, dir } = await open(t, { dir: first.dir })
  t.match(await describe(bad), { State: 'failed', Tags: null, StateReason: /makes no sense: it is not JSON/ })
  t.ok(await waitUntil('both commands', () => countOf(dir) === 2), 'nothing is ended of which not all is known')
  t.match(await rejection(lifecycle.stop({ Instance: bad })), { kind: 'plugin-failed', hint: /Destroy/ })
  await instance.destroy({ Instance: bad })
  t.same(await ids(), [good])
  t.equal(countOf(dir), 1)
})

t.test('the working directory: its own, or a given one', async (t) => {
  const { make, says, dir } = await open(t)
  const own = await make(sh('pwd'))
  await says(own, join(dir, own, 'work'))
  const folder = join(await temporaryFolder(t), 'x y')
  await mkdir(folder)
  await says(await make({ ...sh('pwd'), WorkingDirectory: folder }), folder)
})
