import { startProcess, temporaryFolder, waitUntil } from '@infrakit/testing'
import { outcomeOf, transportTo, verifyPlugin } from '@infrakit/testing/conformance'
import { docker, needsDocker, testImage, unique } from '@infrakit/testing/engine'
import { environmentOf } from '@infrakit/testing/repository'
import { fenceInterface } from '@infrakit/spi'
import { rejection } from '@infrakit/testing'
import t from 'tap'
import { executable, serve, sh, waits } from './support.js'

t.test('the conformance suite accepts it', needsDocker, async (t) => {
  const { path, containers } = await serve(t)
  const properties = { image: testImage('busybox'), command: waits, ports: [80] }
  const report = await verifyPlugin({
    name: 'instance-docker',
    transport: transportTo({ path }),
    properties,
  })
  const kept = ['Event', 'Fence', 'Instance', 'Lifecycle', 'Logs', 'Prepare', 'Protocol', 'Resolve']
  t.same(outcomeOf(report), { broken: [], kept, leftovers: [] })
  t.same(containers(), [])
})

t.test('all interfaces are served over the socket, and events are published', needsDocker, async (t) => {
  const { client, hear, make, instance, logs, job, lifecycle } = await serve(t)
  const { objects } = await client.handshake()
  const names = ['Event', 'Fence', 'Instance', 'Job', 'Lifecycle', 'Logs', 'Prepare', 'Resolve']
  t.same(objects.map(({ name }) => name).sort(), names)
  const heard = await hear()
  const image = testImage('busybox')
  const id = await make({ image, command: sh(`echo one; echo two >&2; ${waits[2]}`) })
  await waitUntil('its words', async () => (await logs.tail({ Instance: id })).Lines.length === 2)
  t.same((await logs.tail({ Instance: id, Lines: 1 })).Lines.length, 1)
  t.match(await job.run({ Instance: id, Command: ['hostname'] }), { ExitCode: 0, Output: `${id}\n` })
  await lifecycle.stop({ Instance: id })
  await lifecycle.start({ Instance: id })
  docker('kill', '--signal', 'KILL', id)
  await client.bind(fenceInterface).raise({ Scope: 's', Epoch: 2 })
  const late = instance.destroy({ Instance: id, Fence: { Scope: 's', Epoch: 1 } })
  t.match(await rejection(late), { kind: 'conflict' })
  await instance.destroy({ Instance: id })
  for (const words of ['created', `${id}: start`, `${id}: die (exit code 137)`, 'destroyed']) {
    await waitUntil(words, () => heard.some((one) => one.includes(words)))
  }
})

t.test('what it cannot start with ends it with a clear line', needsDocker, async (t) => {
  const home = await temporaryFolder(t)
  const env = environmentOf(home)
  const cases: [args: string[], env: Record<string, string>, words: RegExp][] = [
    [['--ports', 'many'], {}, /--ports many: expected two ports, the lower one first/],
    [[], { DOCKER_HOST: 'nowhere://x' }, /DOCKER_HOST/],
    [[], { DOCKER_CONTEXT: unique('none') }, /DOCKER_CONTEXT/],
  ]
  for (const [args, more, words] of cases) {
    const { exited, output } = startProcess(t, executable, args, { ...env, ...more })
    t.not((await exited).code, 0)
    t.match(output(), words)
  }
})

t.test('an engine that is not there: it starts, and every call says what to do', needsDocker, async (t) => {
  const home = await temporaryFolder(t)
  const { instance } = await serve(t, { home, env: { DOCKER_HOST: `unix://${home}/none.sock` } })
  const expected = { kind: 'unavailable', message: /none\.sock/, hint: /Is the engine running\?/ }
  t.match(await rejection(instance.describeInstances({})), expected)
  const Spec = { Properties: { image: 'any', command: waits } }
  t.match(await rejection(instance.provision({ Spec })), expected)
})
