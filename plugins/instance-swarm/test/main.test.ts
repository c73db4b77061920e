import { fenceInterface } from '@infrakit/spi'
import { rejection, startProcess, temporaryFolder, waitUntil } from '@infrakit/testing'
import { unique } from '@infrakit/testing/engine'
import { environmentOf } from '@infrakit/testing/repository'
import t from 'tap'
import { executable, needsSwarm, serve, sh, testSwarm, waits } from './support.js'

t.test('on a swarm of one node', needsSwarm, async (t) => {
  const swarm = await testSwarm(t)
  const { image, first } = swarm

  await t.test('all interfaces are served over the socket, and events are published', async (t) => {
    const { client, hear, make, instance, logs, job, lifecycle, describe } = await serve(t, swarm)
    const { objects } = await client.handshake()
    const names = ['Event', 'Fence', 'Instance', 'Job', 'Lifecycle', 'Logs', 'Resolve']
    t.same(objects.map(({ name }) => name).sort(), names)
    const heard = await hear()
    const id = await make({ image, hostname: 'me', command: sh(`echo one; echo two >&2; ${waits[2]}`) })
    await waitUntil('its words', async () => (await logs.tail({ Instance: id })).Lines.length === 2)
    t.same((await logs.tail({ Instance: id, Lines: 1 })).Lines.length, 1)
    t.match(await job.run({ Instance: id, Command: ['hostname'] }), { ExitCode: 0, Output: 'me\n' })
    await lifecycle.stop({ Instance: id })
    t.match(await describe(id), { State: 'stopped' })
    heard.length = 0
    await lifecycle.start({ Instance: id })
    t.match(await describe(id), { State: undefined })
    await waitUntil('its start to be told', () => heard.some((one) => one.includes('changed')))
    heard.length = 0
    const container = first.docker('ps', '-q', '--filter', 'label=infrakit.instance-swarm')
    first.docker('kill', '--signal', 'KILL', container)
    await waitUntil('its end to be told', () => heard.some((one) => one.includes('changed')))
    await client.bind(fenceInterface).raise({ Scope: 's', Epoch: 2 })
    const late = instance.destroy({ Instance: id, Fence: { Scope: 's', Epoch: 1 } })
    t.match(await rejection(late), { kind: 'conflict' })
    await instance.destroy({ Instance: id })
    await waitUntil('destroyed', () => heard.some((one) => one.includes(`${id}: destroyed`)))
  })
})

t.test('what it cannot start with ends it with a clear line', needsSwarm, async (t) => {
  const home = await temporaryFolder(t)
  const env = environmentOf(home)
  const cases: [args: string[], env: Record<string, string>, words: RegExp][] = [
    [['--ports', 'many'], {}, /--ports many: expected two ports, the lower one first/],
    [['--host', 'nowhere://x'], {}, /nowhere/],
    [[], { DOCKER_CONTEXT: unique('none') }, /DOCKER_CONTEXT/],
  ]
  for (const [args, more, words] of cases) {
    const { exited, output } = startProcess(t, executable, args, { ...env, ...more })
    t.not((await exited).code, 0)
    t.match(output(), words)
  }
})
