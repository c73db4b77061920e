import { readFileSync } from 'node:fs'
import { fenceInterface } from '@infrakit/spi'
import { startProcess, temporaryFolder, waitUntil } from '@infrakit/testing'
import { outcomeOf, transportTo, verifyPlugin } from '@infrakit/testing/conformance'
import { join } from 'node:path'
import t from 'tap'
import { executable, serve } from './serve.js'
import { foldersIn, rejection, sh, sleeper, table } from './support.js'

t.test('the conformance suite accepts it', async (t) => {
  const home = await temporaryFolder(t)
  const { dir } = await serve(t, home)
  const transport = transportTo({ path: join(home, 'p/instance-process') })
  const properties = { Command: ['sleep', '100000'], Ports: [{ Name: 'http' }] }
  const report = await verifyPlugin({ name: 'instance-process', transport, properties })
  const kept = ['Event', 'Fence', 'Instance', 'Lifecycle', 'Logs', 'Protocol']
  t.same(outcomeOf(report), { broken: [], kept, leftovers: [] })
  t.same(await foldersIn(dir), [])
})

t.test('all interfaces are served over the socket', async (t) => {
  const home = await temporaryFolder(t)
  const { client, instance, logs, job } = await serve(t, home)
  const { objects } = await client.handshake()
  t.same(objects.map(({ name }) => name).sort(), ['Event', 'Fence', 'Instance', 'Job', 'Lifecycle', 'Logs'])
  await instance.validate({ Properties: sleeper })
  const { ID } = await instance.provision({ Spec: { Properties: sh('echo hello; exec sleep 100000') } })
  await waitUntil('its words', async () => (await logs.tail({ Instance: ID })).Lines.includes('hello'))
  t.match(await job.run({ Instance: ID, Command: ['sh', '-c', 'echo $INFRAKIT_INSTANCE_ID; exit 7'] }), {
    ExitCode: 7,
    Output: `${ID}\n`,
    Truncated: false,
  })
  await client.bind(fenceInterface).raise({ Scope: 's', Epoch: 2 })
  const late = instance.destroy({ Instance: ID, Fence: { Scope: 's', Epoch: 1 } })
  t.equal((await rejection(late)).kind, 'conflict')
  await instance.destroy({ Instance: ID })
})

t.test('the processes outlive the plugin, which takes them over: none is lost, and an end is noticed', async (t) => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const home = await temporaryFolder(t)
    const first = await serve(t, home)
    const Spec = {
      Properties: { ...sh('trap "exit 5" USR1; echo ready; while :; do sleep 0.01; done'), Ports: [{ Name: 'a' }] },
    }
    const { ID } = await first.instance.provision({ Spec })
    await waitUntil('it to run', async () => (await first.logs.tail({ Instance: ID })).Lines.includes('ready'))
    const before = (await first.instance.describeInstances({ Properties: true })).Descriptions
    await first.started.end(signal)
    const second = await serve(t, home)
    t.same((await second.instance.describeInstances({ Properties: true })).Descriptions, before, signal)
    const { Pid } = before[0]?.Properties as { Pid: number }
    process.kill(Pid, 'SIGUSR1')
    const state = async () => (await second.instance.describeInstances({})).Descriptions[0]
    await waitUntil('its end', async () => (await state())?.State === 'failed')
    t.equal((await state())?.StateReason, 'exited with code 5', 'of a process that is no child')
    await second.instance.destroy({ Instance: ID })
  }
})

t.test('a process that ended while no plugin ran is described as failed, with its code', async (t) => {
  const home = await temporaryFolder(t)
  const first = await serve(t, home)
  const { ID } = await first.instance.provision({ Spec: { Properties: sleeper } })
  const { Descriptions } = await first.instance.describeInstances({ Properties: true })
  const { Pid } = Descriptions[0]?.Properties as { Pid: number }
  await first.started.end('SIGKILL')
  process.kill(Pid, 'SIGKILL')
  await waitUntil('the note of its supervisor', () => readFileSync(join(first.dir, ID, 'exit'), 'utf8') !== '')
  const second = await serve(t, home)
  t.match(await second.instance.describeInstances({}), {
    Descriptions: [{ ID, State: 'failed', StateReason: 'ended by SIGKILL (code 137)' }],
  })
  t.equal(table.see(Pid), undefined)
})

t.test('what it cannot start with ends it with a clear line', async (t) => {
  const home = await temporaryFolder(t)
  const env = { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: join(home, 'p') }
  await serve(t, home)
  const cases: [args: string[], words: RegExp][] = [
    [['--ports', 'many'], /--ports: expected two port numbers such as 20000-32767/],
    [['--dir', executable], /cannot use .* as the folder of instances/],
    [['--name', 'other'], /the folder of instances .* is in use by process \d+/],
  ]
  for (const [args, words] of cases) {
    const { exited, output } = startProcess(t, executable, ['--name', 'twin', ...args], env)
    t.not((await exited).code, 0)
    t.match(output(), words)
  }
})
