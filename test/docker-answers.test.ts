import { waitUntil } from '@infrakit/testing'
import { createProxy, needsDocker, type Manner } from '@infrakit/testing/engine'
import t from 'tap'
import { keepDockerChronicle } from './docker/chronicle.js'
import { soaked } from './soak/soak.js'
import { containerOf, createDockerWorld, dockerGroup } from './docker/world.js'

t.setTimeout(300_000)

const page = '<html>gateway</html>'
const length = Buffer.byteLength(page)
const failure = '{"message":"out of order"}'

/** What an engine, or what stands before it, may answer, and what the group then says. */
const faults: readonly { readonly what: string; readonly manner: Manner; readonly says: RegExp }[] = [
  {
    what: 'an error',
    manner: {
      say: `HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: ${failure.length}\r\n\r\n${failure}`,
    },
    says: /cannot list containers: .*out of order/,
  },
  {
    what: 'a page',
    manner: { say: `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${length}\r\n\r\n${page}` },
    says: /cannot list containers: /,
  },
  { what: 'an empty list of something else', manner: { say: json('{}') }, says: /cannot list containers: / },
  { what: 'no HTTP', manner: { say: 'SSH-2.0-OpenSSH_9.2\r\n' }, says: /cannot list containers: / },
  { what: 'half an answer', manner: 'half', says: /cannot list containers: / },
  { what: 'the end of the connection', manner: 'cut', says: /cannot list containers: / },
  // A group waits for a minute before it says so: the short form sees only that it goes on afterwards.
  { what: 'nothing', manner: 'silent', says: soaked(/./, /Instance.DescribeInstances|no answer/) },
]

function json(body: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

t.test('an engine that answers with', needsDocker, async (t) => {
  const docker = await createDockerWorld(t)
  const proxy = await createProxy(t, '/var/run/docker.sock')
  const { world, image, namespace, containers, described } = docker
  await docker.start()
  const pace = { Healing: { Interval: '200ms' } }
  const args = ['--namespace', `${namespace}-ill`, '--name', 'ill']
  const ill = await createDockerWorld(t, {
    pluginSocket: proxy.path,
    namespace: `${namespace}-ill`,
    name: 'ill',
    home: world.home,
  })
  await ill.world.start('instance-docker', { args })
  const chronicle = await keepDockerChronicle(t, ill)
  const instance = { ...containerOf(image), Plugin: 'ill' }
  await world.commit(dockerGroup('patient', 2, instance, pace))
  await world.converged('patient')
  const before = (await ill.containers('patient')).map(({ id }) => id).sort()

  let others = 0

  /** Another group, of which nobody thinks yet that it fails all the time, loses its container and has another one. */
  async function healsMeanwhile(): Promise<void> {
    const steady = `steady-${++others}`
    await world.commit(dockerGroup(steady, 1, containerOf(image), pace))
    await world.converged(steady)
    const [lost] = await containers(steady)
    docker.docker('rm', '--force', lost?.id ?? '')
    const isBack = async () => (await containers(steady)).some(({ id }) => id !== lost?.id)
    await waitUntil('another group to be healed', isBack, 40_000)
    await docker.destroyGroup(steady)
  }

  for (const { what, manner, says } of faults) {
    await t.test(what, async (t) => {
      proxy.manner = manner
      proxy.cutAll()
      await waitUntil('the group to say why', async () => says.test(await described('patient')), 90_000)
      await healsMeanwhile()
      proxy.manner = 'pass'
      proxy.cutAll()
      await waitUntil('it to converge', () => world.converged('patient'), 60_000)
      const failure = /"LastFailure":null/
      await waitUntil('nothing to be wrong any more', async () => failure.test(await described('patient')), 60_000)
      t.same((await ill.containers('patient')).map(({ id }) => id).sort(), before, 'the containers are the same')
      t.equal(chronicle.ids.size, before.length, 'and none was ever made in their place')
    })
  }

  await t.test('the end of connections, while containers are made', async (t) => {
    await ill.setSize('patient', 4)
    await waitUntil('one to be made', () => chronicle.ids.size > before.length, 60_000)
    proxy.manner = 'cut'
    proxy.cutAll()
    await waitUntil('the group to say why', async () => /cannot /.test(await described('patient')), 60_000)
    proxy.manner = 'pass'
    await waitUntil('it to converge', () => world.converged('patient'), 60_000)
    t.equal((await ill.containers('patient')).length, 4)
    const nothing = async () => (await ill.medium.halfMade()).length === 0
    t.ok(await waitUntil('nothing to be left half made', nothing, 60_000))
    for (const [key, ids] of chronicle.byKey) t.equal(ids.size, 1, `one for key ${key}`)
  })

  await t.test('everything, but slowly', async (t) => {
    proxy.manner = { delayMs: 300 }
    await ill.setSize('patient', 5)
    await healsMeanwhile()
    await waitUntil('it to converge', () => world.converged('patient'), 60_000)
    t.equal((await ill.containers('patient')).length, 5)
    proxy.manner = 'pass'
    await ill.setSize('patient', 2)
    await waitUntil('it to converge', () => world.converged('patient'), 60_000)
    before.splice(0, before.length, ...(await ill.containers('patient')).map(({ id }) => id))
  })

  await t.test('control: what is really lost is replaced', async (t) => {
    const count = chronicle.ids.size
    docker.docker('rm', '--force', before[0] ?? '')
    t.ok(await waitUntil('another one', () => chronicle.ids.size === count + 1, 60_000))
  })
})
