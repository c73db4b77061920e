import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { offer } from '@infrakit/rpc'
import { instanceInterface, registryInterface, type Registry } from '@infrakit/spi'
import { memoryInstance, startProcess, waitUntil, type Teardown } from '@infrakit/testing'
import t from 'tap'
import { createWorld, type World } from '../../support/infrakit.js'
import { createSession } from '../../support/session.js'

t.setTimeout(180_000)

const executable = fileURLToPath(
  new URL('../../../../../plugins/registry-embedded/bin/infrakit-registry-embedded.js', import.meta.url),
)

async function startRegistry(t: Teardown, world: World, name: string) {
  const env = { INFRAKIT_HOME: world.home, INFRAKIT_PLUGINS_DIR: world.pluginsDir }
  const started = startProcess(t, executable, ['--name', name], env)
  await waitUntil('the registry to listen', () => started.output().includes('listening'), 60_000)
  return started
}

/** A registry for whoever only looks for one: it has keys, and leases of ten seconds. */
function smallRegistry(): Registry {
  const keys = new Map<string, string>()
  const none = () => Promise.reject(new Error('it cannot do that'))
  return {
    put: async ({ Key, Value }) => ({ Version: keys.set(Key, Value).size }),
    acquire: async ({ Name, Owner }) => ({ Lease: { Name, Owner, Reason: '', Since: '', TTLSeconds: 10, Epoch: 7 } }),
    get: async ({ Key }) => {
      const Value = keys.get(Key)
      return Value === undefined ? {} : { Entry: { Key, Value, Version: 1 } }
    },
    ...{ delete: none, list: none, txn: none, renew: none, release: none, holder: none },
    ...{ register: none, deregister: none, services: none },
  }
}

t.test('which registry', async (t) => {
  const world = await createWorld(t)
  const infrakit = createSession(t, world)
  await world.serve('instance-file', [offer(instanceInterface, memoryInstance().handlers)])
  t.match(await infrakit(['registry', 'ls']), {
    code: 1,
    stderr: /no registry is running\nhint: infrakit plugin start registry-embedded/,
  })
  await world.serve('one', [offer(registryInterface, smallRegistry())])
  t.match(await infrakit(['registry', 'put', 'a', '1']), { code: 0 }, 'the only one needs no name')
  const acquired = await infrakit(['registry', 'acquire', 'lock', '--owner', 'me', '--ttl', '5s'])
  t.match(acquired, { code: 0, stdout: '7\n', stderr: 'lock is good for 10s: this registry has no shorter leases\n' })
  await world.serve('two', [offer(registryInterface, smallRegistry())])
  t.match(await infrakit(['registry', 'ls']), {
    code: 2,
    stderr: /which registry\? one and two are running\nhint: choose by --name/,
  })
  t.match(await infrakit(['registry', '--name', 'one', 'get', 'a']), { code: 0, stdout: '1\n' })
  t.match(await infrakit(['two', 'get', 'a']), { code: 1, stderr: /there is no key 'a'/ })
})

t.test('the verbs of a registry', async (t) => {
  const world = await createWorld(t)
  const started = await startRegistry(t, world, 'registry-embedded')
  const infrakit = createSession(t, world)
  const registry = (...args: string[]) => infrakit(['registry', ...args])
  const json = async (...args: string[]) => JSON.parse((await registry(...args, '--json')).stdout) as unknown

  await t.test('keys', async (t) => {
    t.match(await registry('put', 'shop/colour', 'blue'), { code: 0, stdout: 'Put shop/colour (version 1)\n' })
    t.match(await registry('put', 'shop/colour', 'x', '--if-version', '0'), { code: 1, stderr: /is at version 1/ })
    t.match(await registry('put', 'shop/colour', 'green', '--if-version', '1', '-q'), { code: 0, stdout: '' })
    t.match(await world.infrakit(['registry', 'put', 'shop/text', '-'], { input: 'two\nlines' }), { code: 0 })
    t.match(await registry('get', 'shop/text'), { code: 0, stdout: 'two\nlines\n' })
    t.match(await json('get', 'shop/colour'), { Key: 'shop/colour', Value: 'green', Version: Number })
    t.match(await registry('put', 'a//b', 'x'), { code: 2, stderr: /words divided by/ })
    t.match((await registry('ls')).stdout, /KEY +VERSION +VALUE\nshop\/colour +\d+ +green\nshop\/text +\d+ +two/)
    t.match(await json('ls', 'shop/c'), [{ Key: 'shop/colour' }])
    t.equal((await registry('ls', 'nobody', '-q')).stdout, '')
  })

  await t.test('deleting', async (t) => {
    for (const key of ['d', 'd/1', 'd/2/3', 'dd']) await registry('put', key, 'x')
    t.match(await registry('delete', '--recursive', 'd'), {
      code: 0,
      stdout: 'Deleted d\nDeleted d/1\nDeleted d/2/3\n',
    })
    t.match(await registry('delete', 'dd', '--if-version', '1'), { code: 1, stderr: /is at version/ })
    t.match(await registry('delete', 'dd', 'nobody'), { code: 0 })
    t.match(await registry('delete', 'a', 'b', '--if-version', '1'), { code: 2, stderr: /single key/ })
    t.same(await json('ls', 'd'), [])
  })

  await t.test('leases', async (t) => {
    const acquired = await registry('acquire', 'lock', '--owner', 'me', '--reason', 'release 7', '--ttl', '1m')
    t.match(acquired, { code: 0, stdout: /^\d+\n$/ })
    const epoch = acquired.stdout.trim()
    t.match(await registry('acquire', 'lock', '--owner', 'you'), { code: 1, stderr: /held by 'me' since .*release 7/ })
    t.match(await registry('acquire', 'lock'), { code: 2, stderr: /--owner/ })
    t.match(await registry('holder', 'lock'), { code: 0, stdout: /me .* 60s +\d+ +release 7/ })
    t.match(await registry('renew', 'lock', epoch), { code: 0, stdout: 'Renewed lock for 60s\n' })
    t.match(await registry('put', 'by-holder', 'x', '--lease', `lock=${epoch}`), { code: 0 })
    t.match(await registry('put', 'by-holder', 'x', '--lease', 'lock=1'), { code: 1, stderr: /not held with epoch 1/ })
    t.match(await registry('put', 'by-holder', 'x', '--lease', 'lock'), { code: 2, stderr: /NAME=EPOCH/ })
    t.match(await registry('renew', 'lock', 'x'), { code: 2, stderr: /epoch/ })
    t.match(await registry('release', 'lock', epoch), { code: 0, stdout: 'Released lock\n' })
    t.match(await registry('holder', 'lock'), { code: 1, stderr: 'nobody holds lock\n' })
    t.match(await registry('holder', 'lock', '--json'), { code: 1, stdout: 'null\n' })
  })

  await t.test('services', async (t) => {
    await writeFile(join(world.home, 's.yml'), 'Name: shop\nID: shop-1\nAddress: 127.0.0.1\nPort: 80\nTags: [a, b]\n')
    await writeFile(join(world.home, 'wrong.yml'), 'Name: shop\nID: shop-1\nAddress: 127.0.0.1\nPort: high\n')
    t.match(await registry('register', 's.yml'), { code: 0, stdout: 'Registered shop-1\n' })
    t.match(await registry('register', 'wrong.yml'), { code: 2, stderr: /wrong\.yml: .*Port/ })
    const flags = ['--service', 'shop', '--id', 'shop-2', '--address', '[::1]:81', '--ttl', '1m']
    t.match(await registry('register', ...flags), { code: 0, stdout: 'Registered shop-2\n' })
    t.match(await registry('register', 's.yml', ...flags), { code: 2, stderr: /got both/ })
    t.match(await registry('register'), { code: 2, stderr: /expected a file, or --service/ })
    t.match(
      (await registry('services', 'shop', '-q')).stdout,
      /shop-1 +127.0.0.1:80 +passing +a,b\n.*\[::1\]:81 +passing/,
    )
    t.match(await json('services'), [{ ID: 'shop-1' }, { ID: 'shop-2' }])
    t.same(await json('services', 'other'), [])
    t.match(await registry('deregister', 'shop-1', 'shop-2'), { code: 0, stdout: /Deregistered shop-2/ })
  })

  await t.test('completion', async (t) => {
    const complete = async (...words: string[]) => {
      return (await infrakit(['__complete', 'registry', ...words])).stdout.split('\n').filter(Boolean)
    }
    t.same(await complete('re'), ['register', 'release', 'renew'])
    t.same(await complete('get', 'shop/c'), ['shop/colour'])
    t.same(await complete('put', '--if'), ['--if-version'])
  })

  await t.test('watching goes on over a restart of the registry', async (t) => {
    const watching = world.begin(['registry', 'watch', 'shop/'])
    const sees = (text: string) => waitUntil(text, () => watching.output().stdout.includes(text), 60_000)
    await sees(': green\n')
    await registry('put', 'shop/colour', 'red')
    await sees(': red\n')
    await registry('put', 'other', 'unseen')
    await started.end('SIGKILL')
    t.match(await registry('ls'), {
      code: 1,
      stderr:
        /no registry is running\nhint: registry-embedded left its socket and does not answer: if it was one, start/,
    })
    const says = (text: string) => waitUntil(text, () => watching.output().stderr.includes(text), 60_000)
    await says('registry-embedded is away: waiting for it\n')
    await startRegistry(t, world, 'registry-embedded')
    await says('registry-embedded is back\n')
    await registry('delete', 'shop/colour')
    await sees('deleted shop/colour\n')
    watching.kill('SIGINT')
    const { code, stdout } = await watching.ended
    t.equal(code, 0)
    t.notMatch(stdout, 'unseen')
  })
})
