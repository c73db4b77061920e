import { parseInput } from '@infrakit/spi/schemas'
import t from 'tap'
import { settingsOf } from '../../src/compose/request.js'
import { composeSchema } from '../../src/compose/schema.js'

const read = (service: object, environment = {}) =>
  settingsOf(parseInput(composeSchema, { image: 'app:1', ...service }, { prefix: 'Properties' }), environment)

t.test('an image alone asks for nothing else', async (t) => {
  t.same(read({}), {
    config: { Image: 'app:1' },
    hostConfig: {},
    networks: [],
    ports: [],
    labels: {},
    tags: {},
    pull: 'missing',
  })
})

const config: readonly (readonly [string, object, object])[] = [
  [
    'a command line is split and no shell runs it',
    { command: `serve --name 'a b'` },
    { Cmd: ['serve', '--name', 'a b'] },
  ],
  ['a list is taken as it is', { entrypoint: ['a b', 'c'] }, { Entrypoint: ['a b', 'c'] }],
  ['an empty entrypoint undoes the one of the image', { entrypoint: [] }, { Entrypoint: [] }],
  [
    'environment as an object',
    { environment: { A: 1, B: true, C: null, D: 'x=y' } },
    { Env: ['A=1', 'B=true', 'C=', 'D=x=y'] },
  ],
  ['environment as a list', { environment: ['A=1', 'B', 'C=x=y'] }, { Env: ['A=1', 'B=', 'C=x=y'] }],
  ['a number as user', { user: 1000 }, { User: '1000' }],
  [
    'half a second of grace is a second: the engine knows only whole ones',
    { stop_grace_period: '500ms' },
    { StopTimeout: 1 },
  ],
  ['exposed ports', { expose: ['80', '53/udp'] }, { ExposedPorts: { '80/tcp': {}, '53/udp': {} } }],
  [
    'a health check for a shell',
    { healthcheck: { test: 'wget -q localhost', interval: '1m30s', retries: 3 } },
    { Healthcheck: { Test: ['CMD-SHELL', 'wget -q localhost'], Interval: 90_000_000_000, Retries: 3 } },
  ],
  ['no health check', { healthcheck: { disable: true } }, { Healthcheck: { Test: ['NONE'] } }],
]

for (const [what, service, expected] of config) {
  t.test(what, async (t) => {
    t.same(read(service).config, { Image: 'app:1', ...expected })
  })
}

const hostConfig: readonly (readonly [string, object, object])[] = [
  [
    'sizes',
    { mem_limit: '64m', shm_size: '1gb', memswap_limit: 1024 },
    { Memory: 67_108_864, ShmSize: 1_073_741_824, MemorySwap: 1024 },
  ],
  ['parts of a processor', { cpus: '0.5' }, { NanoCpus: 500_000_000 }],
  ['a restart policy', { restart: 'on-failure:3' }, { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 } }],
  ['folders in memory', { tmpfs: ['/run', '/tmp:size=1m'] }, { Tmpfs: { '/run': '', '/tmp': 'size=1m' } }],
  ['one limit for both', { ulimits: { nofile: 100 } }, { Ulimits: [{ Name: 'nofile', Soft: 100, Hard: 100 }] }],
  ['two limits', { ulimits: { nofile: { soft: 1, hard: 2 } } }, { Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }] }],
  ['hosts, in all three ways', { extra_hosts: ['a:10.0.0.1', 'b=::1'] }, { ExtraHosts: ['a:10.0.0.1', 'b:::1'] }],
  [
    'a device',
    { devices: ['/dev/null:/dev/x:r'] },
    { Devices: [{ PathOnHost: '/dev/null', PathInContainer: '/dev/x', CgroupPermissions: 'r' }] },
  ],
  [
    'a folder of the host, a volume, and a volume without a name',
    { volumes: ['/srv:/data:ro', 'db:/db', '/cache'] },
    {
      Mounts: [
        { Type: 'bind', Source: '/srv', Target: '/data', ReadOnly: true },
        { Type: 'volume', Source: 'db', Target: '/db', ReadOnly: false },
        { Type: 'volume', Target: '/cache', ReadOnly: false },
      ],
    },
  ],
  [
    'a secret is a file that is only read',
    { secrets: [{ file: '/etc/app/key' }, { file: '/etc/app/cert', target: '/tls/cert' }] },
    {
      Mounts: [
        { Type: 'bind', Source: '/etc/app/key', Target: '/run/secrets/key', ReadOnly: true },
        { Type: 'bind', Source: '/etc/app/cert', Target: '/tls/cert', ReadOnly: true },
      ],
    },
  ],
]

for (const [what, service, expected] of hostConfig) {
  t.test(what, async (t) => {
    t.same(read(service).hostConfig, expected)
  })
}

t.test('networks, with names and addresses in them', async (t) => {
  const networks = { front: null, back: { aliases: ['db'], ipv4_address: '10.1.0.9' } }
  t.same(read({ networks }).networks, [
    { name: 'front', endpoint: {} },
    { name: 'back', endpoint: { Aliases: ['db'], IPAMConfig: { IPv4Address: '10.1.0.9' } } },
  ])
  t.same(read({ networks: ['front'] }).networks, [{ name: 'front', endpoint: {} }])
})

t.test('what env_file holds gives way to environment', async (t) => {
  const { config } = read({ environment: { A: 'mine' } }, { A: 'theirs', B: 'kept' })
  t.same(config.Env, ['A=mine', 'B=kept'])
})

const problems: readonly (readonly [string, object, RegExp])[] = [
  ['an unknown key', { enviroment: {} }, /Properties\.enviroment: unknown key, did you mean 'environment'\?/],
  ['a port that is none', { ports: ['80', 'x'] }, /Properties\.ports\[1\]: ports are whole numbers .*got "x"/],
  [
    'a published port that is only to be exposed',
    { expose: ['8080:80'] },
    /Properties\.expose\[0\]: expected container/,
  ],
  [
    'a relative folder',
    { volumes: ['./data:/data'] },
    /Properties\.volumes\[0\]: the path on the host must be absolute/,
  ],
  ['an option of a volume', { volumes: ['/a:/b:rx'] }, /Properties\.volumes\[0\]: unknown option 'rx'/],
  ['a size', { mem_limit: 'much' }, /Properties\.mem_limit: expected a size such as 64m/],
  ['a duration', { stop_grace_period: '10' }, /Properties\.stop_grace_period: expected a duration such as 1m30s/],
  ['a restart policy', { restart: 'sometimes' }, /Properties\.restart: expected no, always/],
]

for (const [what, service, expected] of problems) {
  t.test(`refuses ${what}, and names the field`, async (t) => {
    t.throws(() => read(service), { kind: 'input', message: expected })
  })
}
