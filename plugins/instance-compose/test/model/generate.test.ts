import t from 'tap'
import { fixedParts } from '../../src/model/fixed.js'
import { generateJob } from '../../src/model/generate-job.js'
import { generate, isFilledAtStart } from '../../src/model/generate.js'
import { wantedPorts } from '../../src/model/ports.js'
import { pick, type Rendered } from '../../src/model/rendered.js'
import { referredTo, sidesOf } from '../../src/model/sides.js'

const rendered = (service: Readonly<Record<string, unknown>>, more: Partial<Rendered> = {}): Rendered => ({
  project: 'shop',
  image: 'sha256:1',
  service: { image: 'app:1', ...service },
  networks: { default: { name: 'shop_default' } },
  volumes: {},
  secrets: {},
  configs: {},
  numbered: [],
  ...more,
})

const replica = (service: Readonly<Record<string, unknown>>, more: object = {}) => ({
  rendered: rendered(service),
  service: 'app-blue-1',
  container: 'shop-app-blue-1',
  alias: 'app-blue',
  labels: {},
  hostPorts: [],
  attachments: [],
  ...more,
})

interface Generated {
  services: Record<string, Record<string, unknown>>
  volumes: object
}

t.test('what a generated service has of the one in the file, and what not', async (t) => {
  const cases: [what: string, given: Readonly<Record<string, unknown>>, expected: object, more?: object][] = [
    ['everything else', { command: ['a$$b'], user: '1' }, { command: ['a$$b'], user: '1' }],
    [
      'nothing that Compose would keep itself',
      { scale: 3, profiles: ['p'], build: '.', depends_on: { db: {} }, pull_policy: 'always', container_name: 'mine' },
      { container_name: 'shop-app-blue-1' },
    ],
    [
      'of deploy its limits',
      { deploy: { replicas: 3, resources: { limits: {} } } },
      { deploy: { resources: { limits: {} } } },
    ],
    [
      'its name in each network',
      { networks: { a: null, b: { aliases: ['x'], ipv4_address: '10.0.0.2' } } },
      {
        networks: { a: { aliases: ['app-blue'] }, b: { aliases: ['app-blue', 'x'], ipv4_address: '10.0.0.2' } },
      },
    ],
    ['no network beside a mode', { network_mode: 'host' }, { network_mode: 'host' }],
    [
      'ports at those of the host',
      { ports: [{ target: 80 }, { target: 53, protocol: 'udp', published: '5-9' }] },
      {
        ports: [
          { target: 80, published: '20001' },
          { target: 53, protocol: 'udp', published: '7' },
        ],
      },
      { hostPorts: [20001, 7] },
    ],
    [
      'labels, ours literally',
      { labels: { a: '$$x' } },
      { labels: { a: '$$x', b: '$$y $${z}' } },
      { labels: { b: '$y ${z}' } },
    ],
    ['labels as a list', { labels: ['a=b=c', 'd'] }, { labels: { a: 'b=c' } }],
    ['a host name where it has none', {}, { hostname: 'pet' }, { hostname: 'pet' }],
    ['its own host name', { hostname: 'own' }, { hostname: 'own' }, { hostname: 'pet' }],
    [
      'what is attached',
      { volumes: [{ type: 'tmpfs', target: '/t' }] },
      {
        volumes: [{ type: 'tmpfs', target: '/t' }, 'v$$1:/data'],
      },
      { attachments: [{ ID: 'v$1:/data', Type: 'volume' }] },
    ],
  ]
  for (const [what, given, expected, more] of cases) {
    const { services } = generate(replica(given, more)) as Generated
    t.same(Object.keys(services), ['app-blue-1'])
    t.match(services['app-blue-1'], { image: 'sha256:1', container_name: 'shop-app-blue-1', ...expected }, what)
    const surplus = ['scale', 'profiles', 'build', 'depends_on', 'pull_policy'].filter(
      (key) => key in (services['app-blue-1'] ?? {}),
    )
    t.same(surplus, [])
  }
  const { volumes } = generate(
    replica(
      {},
      {
        attachments: [
          { ID: 'v:/data', Type: '' },
          { ID: '/a:/b', Type: '' },
        ],
      },
    ),
  ) as Generated
  t.same(volumes, { v: { name: 'v', external: true } })
})

t.test('services that it refers to are named, and no more', async (t) => {
  const service = { network_mode: 'service:vpn', volumes_from: ['data:ro', 'container:x'], links: ['db:database'] }
  t.same(referredTo(service), ['vpn', 'data', 'db'])
  const { services } = generate(replica(service)) as Generated
  t.same(Object.keys(services).sort(), ['app-blue-1', 'data', 'db', 'vpn'])
  t.same(services['db'], { image: 'sha256:1', network_mode: 'none' })
})

t.test('side services and their conditions', async (t) => {
  const depends_on = {
    db: { condition: 'service_healthy', required: true },
    migrate: { condition: 'service_completed_successfully' },
    extra: { condition: 'service_started', required: false },
  }
  t.same(sidesOf({ depends_on, links: ['cache'] }, undefined), [
    { service: 'db', condition: 'service_healthy' },
    { service: 'migrate', condition: 'service_completed_successfully' },
    { service: 'cache', condition: 'service_started' },
  ])
  t.same(sidesOf({ depends_on: ['a'] }, undefined), [{ service: 'a', condition: 'service_started' }], 'as a list')
  t.same(sidesOf({ depends_on }, ['db', 'x']), [
    { service: 'db', condition: 'service_healthy' },
    { service: 'x', condition: 'service_started' },
  ])
  t.same(sidesOf({ depends_on }, []), [])
})

t.test('what only one can have', async (t) => {
  const whats = (service: Readonly<Record<string, unknown>>, named = true) =>
    fixedParts(service, named).map(({ what }) => what)
  t.same(whats({ ports: [{ target: 80 }, { target: 81, published: '8000-8010' }, { target: 82, published: '0' }] }), [])
  t.same(whats({ ports: [{ target: 80, published: '8080' }] }), ['port 8080 of the host'])
  t.same(whats({ container_name: 'x' }), ['the name x'])
  t.same(whats({ container_name: 'x' }, false), [])
  t.same(whats({ networks: { a: { ipv4_address: '10.0.0.2' } } }), ['the address 10.0.0.2'])
})

t.test('ports of the host', async (t) => {
  t.same(wantedPorts([{ target: 80 }, { target: 81, published: '8081' }, { target: 82, published: '8000-8010' }]), [
    {},
    { host: 8081 },
    { within: { first: 8000, last: 8010 } },
  ])
  t.same(wantedPorts(undefined), [])
})

t.test('a service is picked with what it uses', async (t) => {
  const model = {
    name: 'shop',
    services: {
      app: {
        image: 'app:1',
        networks: { a: null },
        volumes: [
          { type: 'volume', source: 'v' },
          { type: 'bind', source: '/x' },
        ],
        secrets: [{ source: 's' }],
      },
      built: { build: { context: '.' } },
    },
    networks: { a: {}, b: {} },
    volumes: { v: {}, w: {} },
    secrets: { s: {}, t: {} },
    configs: { c: {} },
  }
  t.match(pick(model, 'app'), { project: 'shop', imageName: 'app:1' })
  t.same(Object.keys(pick(model, 'app').networks), ['a'])
  t.same(Object.keys(pick(model, 'app').volumes), ['v'])
  t.same(Object.keys(pick(model, 'app').secrets), ['s'])
  t.same(pick(model, 'app').configs, {})
  t.equal(pick(model, 'built').imageName, 'shop-built')
  t.equal(pick({ ...model, version: '3.9' }, 'built').imageName, 'shop_built', 'version 1')
  t.match(pick({ ...model, version: '3.9' }, 'built').service, { networks: { default: null } })
  t.throws(() => pick(model, 'other'), { message: /no service 'other' with an image/ })
})

t.test('a job has nothing that only an instance has', async (t) => {
  const service = {
    restart: 'always',
    ports: [{ target: 80 }],
    networks: { default: null },
    hostname: 'x',
    volumes: ['v:/v'],
  }
  const job = { rendered: rendered(service), name: 'job-1', labels: { j: '1' }, command: ['echo', '$A'] }
  const alone = (generateJob({ ...job, beside: undefined }) as Generated).services['job-1'] ?? {}
  t.match(alone, { command: ['echo', '$$A'], hostname: 'x', volumes: ['v:/v'], labels: { j: '1' } })
  t.notOk('ports' in alone || 'restart' in alone)
  const beside = (generateJob({ ...job, beside: 'c1' }) as Generated).services['job-1'] ?? {}
  t.equal(beside['network_mode'], 'container:c1')
  t.notOk('networks' in beside || 'hostname' in beside)
})

t.test('who has to start it', async (t) => {
  t.equal(isFilledAtStart(rendered({}, { secrets: { s: { file: '/s' } } })), false)
  t.equal(isFilledAtStart(rendered({}, { secrets: { s: { environment: 'S' } } })), true)
  t.equal(isFilledAtStart(rendered({}, { configs: { c: { content: 'x' } } })), true)
})
