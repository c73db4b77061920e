import { request } from 'node:http'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@infrakit/rpc/client'
import { fenceInterface, instanceInterface, lifecycleInterface, logsInterface, tag } from '@infrakit/spi'
import { startProcess, temporaryFolder, waitUntil, type Teardown } from '@infrakit/testing'
import t from 'tap'
import { instancesOn, rejection } from './support.js'

const executable = fileURLToPath(new URL('../../bin/infrakit-instance-file.js', import.meta.url))

/** The plugin as a process of its own, and what speaks to it over its socket. */
async function serve(t: Teardown, home: string, args: string[] = []) {
  const started = startProcess(t, executable, args, { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: join(home, 'p') })
  const path = join(home, 'p/instance-file')
  await waitUntil('the plugin to listen', () => started.output().includes('listening'))
  const client = createClient({ path })
  t.teardown(() => client.close())
  return {
    started,
    client,
    instance: client.bind(instanceInterface),
    lifecycle: client.bind(lifecycleInterface),
    logs: client.bind(logsInterface),
  }
}

const Spec = { Properties: { Note: 'v1' }, Tags: { g: 'web' }, Init: 'run' }

t.test('all interfaces are served over the socket', async (t) => {
  const home = await temporaryFolder(t)
  const dir = join(home, 'mine')
  const { instance, lifecycle, logs, client } = await serve(t, home, ['--dir', dir])
  const { objects } = await client.handshake()
  const names = objects.map((object) => object.name).sort()
  t.same(names, ['Event', 'Fence', 'Instance', 'Lifecycle', 'Logs'])
  await instance.validate({ Properties: Spec.Properties })
  const { ID } = await instance.provision({ Spec })
  await instance.label({ Instance: ID, Labels: { more: '1' } })
  await lifecycle.stop({ Instance: ID })
  const { Descriptions } = await instance.describeInstances({ Tags: { g: 'web' }, Properties: true })
  t.match(Descriptions, [{ ID, State: 'stopped', Tags: { g: 'web', more: '1' }, Properties: Spec }])
  t.match((await logs.tail({ Instance: ID })).Lines, [/provisioned/, /labelled more/, /stopped/])
  await instance.destroy({ Instance: ID })
  t.same(await instancesOn(dir), [])
})

t.test('an unknown instance is answered in the words of the original', async (t) => {
  const home = await temporaryFolder(t)
  const { instance } = await serve(t, home)
  t.match(await rejection(instance.destroy({ Instance: 'nosuch' })), {
    name: 'RemoteError',
    kind: 'not-found',
    message: `remove ${join(home, 'instances/nosuch')}: no such file or directory`,
  })
  t.match(await rejection(instance.destroy({ Instance: '../p/instance-file' })), { kind: 'input', path: 'Instance' })
  t.ok((await stat(join(home, 'p/instance-file'))).isSocket())
})

t.test('events reach a subscriber, also those of what was done by hand', async (t) => {
  const home = await temporaryFolder(t)
  const { instance, client } = await serve(t, home)
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const seen: string[] = []
  let connected = false
  client.subscribe('instance', {
    connected: () => (connected = true),
    event: ({ Topic, ID }) => void seen.push(`${Topic} ${ID}`),
    signal: stop.signal,
  })
  await waitUntil('the stream', () => connected)
  const { ID } = await instance.provision({ Spec })
  await rm(join(home, 'instances', ID))
  await waitUntil('both events', () => seen.length >= 2)
  t.same(seen, [`instance/created ${ID}`, `instance/destroyed ${ID}`])
})

t.test('big numbers reach the file and come back byte for byte', async (t) => {
  const home = await temporaryFolder(t)
  await serve(t, home)
  const post = async (method: string, params: string) => {
    return new Promise<string>((resolve, reject) => {
      const sent = request({ socketPath: join(home, 'p/instance-file'), method: 'POST' }, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (part: string) => (text += part))
        answer.on('end', () => resolve(text))
      })
      sent.on('error', reject)
      sent.end(`{"jsonrpc":"2.0","method":"${method}","params":${params},"id":9223372036854775807}`)
    })
  }
  const answer = await post('Instance.Provision', '{"Spec":{"Properties":{"n":9007199254740993,"__proto__":{"a":1}}}}')
  t.match(answer, '"id":9223372036854775807')
  const [id = ''] = await instancesOn(join(home, 'instances'))
  t.match(await readFile(join(home, 'instances', id), 'utf8'), /"n": 9007199254740993,\s+"__proto__": \{\s+"a": 1/)
  t.match(await post('Instance.DescribeInstances', '{"Properties":true}'), '{"n":9007199254740993,"__proto__":{"a":1}}')
})

t.test('callers whose time is over are refused', async (t) => {
  const home = await temporaryFolder(t)
  const { instance, client } = await serve(t, home)
  await client.bind(fenceInterface).raise({ Scope: 's', Epoch: 2 })
  const old = instance.provision({ Spec, Fence: { Scope: 's', Epoch: 1 } })
  t.match(await rejection(old), { kind: 'conflict' })
  t.same(await instancesOn(join(home, 'instances')), [])
  await instance.provision({ Spec, Fence: { Scope: 's', Epoch: 2 } })
  t.equal((await instancesOn(join(home, 'instances'))).length, 1)
})

t.test(
  'kill -9 in the middle of provisions: each key has at most one instance, and asked again exactly one',
  async (t) => {
    const home = await temporaryFolder(t)
    const dir = join(home, 'instances')
    const keys = Array.from({ length: 300 }, (_, i) => `key-${i}`)
    const keyed = (key: string) => ({ Spec: { ...Spec, Tags: { ...Spec.Tags, [tag.provision]: key } } })
    const first = await serve(t, home)
    const calls = keys.map((key) => first.instance.provision(keyed(key)))
    const settled = Promise.allSettled(calls)
    await waitUntil('some instances', async () => (await instancesOn(dir)).length > 20)
    await first.started.end('SIGKILL')
    const results = await settled
    t.ok(
      results.some((result) => result.status === 'rejected'),
      'it was killed in the middle',
    )
    const second = await serve(t, home)
    const again = await Promise.all(keys.map((key) => second.instance.provision(keyed(key))))
    for (const [i, result] of results.entries()) {
      if (result.status === 'fulfilled') t.equal(result.value.ID, again[i]?.ID, 'what was answered holds')
    }
    t.equal(new Set(again.map((one) => one.ID)).size, keys.length)
    t.equal((await instancesOn(dir)).length, keys.length)
  },
)

t.test('a folder that cannot be used ends the process with a clear line', async (t) => {
  const home = await temporaryFolder(t)
  await mkdir(home, { recursive: true })
  await writeFile(join(home, 'file'), '')
  const { exited, output } = startProcess(t, executable, ['--dir', join(home, 'file')], { INFRAKIT_HOME: home })
  t.not((await exited).code, 0)
  t.match(output(), /cannot use .*file as the folder of instances/)
  t.match(output(), /--dir/)
})

t.test('SIGTERM ends it, with the instances in place', async (t) => {
  const home = await temporaryFolder(t)
  const { instance, started } = await serve(t, home)
  const { ID } = await instance.provision({ Spec })
  t.match(await started.end('SIGTERM'), { code: 0 })
  t.same(await instancesOn(join(home, 'instances')), [ID])
})
