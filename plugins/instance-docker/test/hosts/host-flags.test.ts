import t from 'tap'
import { rejection, temporaryFolder } from '@infrakit/testing'
import { readHosts } from '../../src/hosts/host-flags.js'

/** An environment in which nothing of this machine counts. */
async function nowhere(t: Parameters<typeof temporaryFolder>[0]) {
  return { env: {}, home: await temporaryFolder(t), sockets: ['/run/one.sock'] }
}

t.test('no flag: the engine that docker would use', async (t) => {
  const options = await nowhere(t)
  t.same(await readHosts([], options), [{ name: 'local', address: { kind: 'unix', path: '/run/one.sock' } }])
  const env = { DOCKER_HOST: 'tcp://10.0.0.7:2375' }
  t.match(await readHosts([], { ...options, env }), [{ name: '10.0.0.7', address: { kind: 'tcp' } }])
})

t.test('hosts are called by their addresses, or as they are told to', async (t) => {
  const texts = ['ssh://me@h1', 'b=tcp://h2:2375', 'unix:///run/docker.sock', 'c=unix:///run/d=e.sock']
  t.match(await readHosts(texts, await nowhere(t)), [
    { name: 'h1', address: { kind: 'ssh', user: 'me', host: 'h1' } },
    { name: 'b', address: { kind: 'tcp', host: 'h2', port: 2375 } },
    { name: 'local', address: { kind: 'unix', path: '/run/docker.sock' } },
    { name: 'c', address: { kind: 'unix', path: '/run/d=e.sock' } },
  ])
})

t.test('bad input', async (t) => {
  const options = await nowhere(t)
  for (const [texts, expected] of [
    [['ssh://me@h1', 'ssh://you@h1'], { message: "--host: two hosts are called 'h1'", hint: /--host h1-1=ADDRESS/ }],
    [['a=ftp://h1'], { path: 'the given host', message: /there is no way to 'ftp:\/\/'/ }],
    [[''], { message: '--host: expected an address, got nothing' }],
  ] as const) {
    t.match(await rejection(readHosts(texts, options)), { kind: 'input', ...expected }, texts.join(' '))
  }
})
