import t from 'tap'
import { createBody, labels as names, type NewContainer } from '../src/create-body.js'
import { readProperties } from '../src/properties.js'

function container(properties: object, more: Partial<NewContainer> = {}): NewContainer {
  const { settings, image } = readProperties({ image: 'app:1', ...properties })
  return {
    settings,
    image,
    owner: 'instance-docker',
    tags: { 'infrakit.group': 'web' },
    logicalID: undefined,
    attachments: [],
    hostPorts: [],
    ...more,
  }
}

const labels = {
  'infrakit.group': 'web',
  [names.owner]: 'instance-docker',
  [names.tags]: '{"infrakit.group":"web"}',
}

t.test('an image alone, with the label that finds it again', async (t) => {
  t.same(createBody(container({})), { Image: 'app:1', Labels: labels, ExposedPorts: {}, HostConfig: {} })
})

t.test('what was resolved is run, whatever the tag means by now', async (t) => {
  t.equal(createBody(container({}, { image: 'app@sha256:12' }))['Image'], 'app@sha256:12')
})

t.test('ports of the host that were chosen are pinned', async (t) => {
  const body = createBody(
    container({ ports: ['80', '127.0.0.1::53/udp', '8080:80'] }, { hostPorts: [32001, 32002, 8080] }),
  )
  t.match(body, {
    ExposedPorts: { '80/tcp': {}, '53/udp': {} },
    HostConfig: {
      PortBindings: {
        '80/tcp': [
          { HostIp: '', HostPort: '32001' },
          { HostIp: '', HostPort: '8080' },
        ],
        '53/udp': [{ HostIp: '127.0.0.1', HostPort: '32002' }],
      },
    },
  })
})

t.test('a pet has its name as hostname, unless it is given one', async (t) => {
  t.equal(createBody(container({}, { logicalID: 'db-1' }))['Hostname'], 'db-1')
  t.equal(createBody(container({ hostname: 'db' }, { logicalID: 'db-1' }))['Hostname'], 'db')
})

t.test('that its engine starts it again is seen from its labels', async (t) => {
  const restarts = (Name: string) => createBody(container({ restart: Name }))['Labels']
  t.same(restarts('always'), { ...labels, [names.restart]: 'always' })
  t.same(restarts('no'), labels)
})

t.test("nobody's labels hide whose it is", async (t) => {
  const body = createBody(container({ labels: { [names.owner]: 'mine', a: 'b' } }))
  t.same(body['Labels'], { a: 'b', ...labels })
})

t.test('it is in its first network from the start', async (t) => {
  const body = createBody(container({ networks: { front: { aliases: ['www'] }, back: null } }))
  t.match(body, {
    HostConfig: { NetworkMode: 'front' },
    NetworkingConfig: { EndpointsConfig: { front: { Aliases: ['www'] } } },
  })
  t.same(Object.keys((body['NetworkingConfig'] as { EndpointsConfig: object }).EndpointsConfig), ['front'])
})

t.test('attachments are added to what is bound anyway', async (t) => {
  const attachments = [
    { ID: 'db-1:/var/lib/db', Type: 'volume' },
    { ID: '/srv/www:/www:ro', Type: '' },
  ]
  const { image, settings } = readProperties({ Config: { Image: 'app:1' }, HostConfig: { Binds: ['/a:/b'] } })
  t.match(createBody(container({}, { image, settings, attachments })), {
    HostConfig: { Binds: ['/a:/b', 'db-1:/var/lib/db:rw', '/srv/www:/www:ro'] },
  })
})
