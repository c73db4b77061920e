import { fenceInterface } from '@infrakit/spi'
import { rejection, startProcess, temporaryFolder, waitUntil } from '@infrakit/testing'
import { docker } from '@infrakit/testing/engine'
import { environmentOf } from '@infrakit/testing/repository'
import t from 'tap'
import { executable, needsCompose, serve, userProject, waits } from './support.js'

const file = `services: {app: {image: IMAGE, command: ${waits}, ports: ["80"]}}`

t.test('all interfaces are served over the socket, and events are published', needsCompose, async (t) => {
  const talks = waits.replace('trap', 'echo one; echo two >&2; trap')
  const project = await userProject(t, { 'compose.yml': file.replace(waits, talks) })
  const { client, hear, make, instance, logs, job, lifecycle, shown } = await serve(t)
  const { objects } = await client.handshake()
  const names = ['Event', 'Fence', 'Instance', 'Job', 'Lifecycle', 'Logs', 'Prepare', 'Resolve']
  t.same(objects.map(({ name }) => name).sort(), names)
  const heard = await hear()
  const id = await make({ Files: project.file, Project: project.name, Service: 'app' })
  await waitUntil('its words', async () => (await logs.tail({ Instance: id })).Lines.length === 2)
  t.same((await logs.tail({ Instance: id, Lines: 1 })).Lines.length, 1)
  t.match(await job.run({ Instance: id, Command: ['hostname'] }), { ExitCode: 0, Output: `${id}\n` })
  const { Endpoints } = await shown(id)
  await lifecycle.stop({ Instance: id })
  await lifecycle.start({ Instance: id })
  t.equal((await shown(id)).Endpoints[0]?.Port, Endpoints[0]?.Port, 'its port is kept')
  t.ok(Number(Endpoints[0]?.Port) >= 20_000 && Number(Endpoints[0]?.Port) <= 29_999)
  docker('kill', '--signal', 'KILL', id)
  await client.bind(fenceInterface).raise({ Scope: 's', Epoch: 2 })
  const late = instance.destroy({ Instance: id, Fence: { Scope: 's', Epoch: 1 } })
  t.match(await rejection(late), { kind: 'conflict' })
  await instance.destroy({ Instance: id })
  for (const words of ['created', `${id}: start`, `${id}: die (exit code 137)`, 'destroyed']) {
    await waitUntil(words, () => heard.some((one) => one.includes(words)))
  }
})

t.test('what it cannot start with ends it with a clear line', needsCompose, async (t) => {
  const home = await temporaryFolder(t)
  const env = environmentOf(home)
  const cases: [args: string[], env: Record<string, string>, words: RegExp][] = [
    [['--ports', 'many'], {}, /--ports many: expected two ports, the lower one first/],
    [['--compose', '/nowhere/docker-compose'], {}, /there is no Docker Compose: no answer from `\/nowhere/],
    [['--host', 'nowhere://x'], {}, /nowhere/],
    [[], { DOCKER_HOST: 'nowhere://x' }, /DOCKER_HOST/],
  ]
  for (const [args, more, words] of cases) {
    const { exited, output } = startProcess(t, executable, args, { ...env, ...more })
    t.not((await exited).code, 0)
    t.match(output(), words)
  }
})

t.test('an engine that is not there: it starts, and every call says what to do', needsCompose, async (t) => {
  const home = await temporaryFolder(t)
  const project = await userProject(t, { 'compose.yml': file })
  const { instance } = await serve(t, { home, args: ['--host', `unix://${home}/none.sock`] })
  const expected = { kind: 'unavailable', message: /none\.sock/, hint: /Is the engine running\?/ }
  t.match(await rejection(instance.describeInstances({})), expected)
  const Spec = { Properties: { Files: project.file, Project: project.name, Service: 'app' } }
  t.match(await rejection(instance.provision({ Spec })), expected)
})
