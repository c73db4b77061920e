import t from 'tap'
import { readProperties } from '../src/properties.js'

t.test("the original's form comes to the same as Compose's", async (t) => {
  const original = readProperties({
    Config: { Image: 'app:1', Cmd: ['serve'], Env: ['A=1'], Labels: { a: 'b' } },
    HostConfig: {
      RestartPolicy: { Name: 'always', MaximumRetryCount: 0 },
      PortBindings: {
        '80/tcp': [{ HostPort: '8080' }],
        '53/udp': [{ HostIp: '127.0.0.1', HostPort: '' }],
        '443/tcp': null,
      },
    },
    NetworkAttachments: [{ Name: 'front' }],
  })
  const compose = readProperties({
    image: 'app:1',
    command: 'serve',
    environment: { A: 1 },
    labels: ['a=b'],
    restart: 'always',
    ports: ['8080:80', '127.0.0.1::53/udp', 443],
    networks: ['front'],
  })
  t.same(original, compose)
})

t.test('what the engine knows and we do not is handed on', async (t) => {
  const { settings } = readProperties({ Config: { Image: 'a', Shell: ['sh'] }, HostConfig: { ConsoleSize: [1, 2] } })
  t.same(settings.config, { Image: 'a', Shell: ['sh'] })
  t.same(settings.hostConfig, { ConsoleSize: [1, 2] })
})

t.test('what is not said has a sane default', async (t) => {
  t.match(readProperties({ image: 'a' }), {
    image: 'a',
    resolvedImage: undefined,
    envFiles: [],
    initMode: 'exec',
    initShell: ['/bin/sh', '-c'],
    placement: { strategy: 'spread', labels: {} },
    settings: { pull: 'missing' },
  })
})

t.test('what was resolved at commit is used', async (t) => {
  const read = readProperties({
    image: 'app:1',
    env_file: '/etc/app.env',
    environment: ['A=mine'],
    Resolved: { Image: 'app@sha256:1', Environment: { A: 'theirs', B: '2' } },
  })
  t.equal(read.resolvedImage, 'app@sha256:1')
  t.same(read.envFiles, ['/etc/app.env'])
  t.same(read.settings.config['Env'], ['A=mine', 'B=2'])
})

for (const [what, properties, expected] of [
  ['nothing', null, { message: /Properties\.image: is missing/ }],
  [
    'a key of a Compose project',
    { image: 'a', depends_on: ['b'] },
    { message: /Properties\.depends_on: means nothing/, hint: /first/ },
  ],
  [
    'a container name',
    { image: 'a', container_name: 'b' },
    { message: /Properties\.container_name/, hint: /LogicalIDs/ },
  ],
  ['both forms at once', { Config: { Image: 'a' }, image: 'a' }, { message: /Properties\.image: unknown key/ }],
  ["the original's form without an image", { Config: {} }, { message: /Properties\.Config\.Image: is missing/ }],
  [
    'networks beside a network mode',
    { image: 'a', networks: ['b'], network_mode: 'host' },
    { message: /network_mode: networks is given as well/ },
  ],
  ['an unknown way to run commands', { image: 'a', InitMode: 'run' }, { message: /Properties\.InitMode: expected/ }],
] as const) {
  t.test(`refuses ${what}`, async (t) => {
    t.throws(() => readProperties(properties), { kind: 'input', ...expected })
  })
}
