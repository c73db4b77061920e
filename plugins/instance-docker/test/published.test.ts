import { randomInt } from 'node:crypto'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { rejection, waitUntil } from '@infrakit/testing'
import { docker, inspect, needsDocker, testImage } from '@infrakit/testing/engine'
import t from 'tap'
import { serve, sh } from './support.js'

const web = sh('mkdir -p /www; echo "$NAME" > /www/index.html; exec httpd -f -p 80 -h /www')

function textAt({ Host, Port }: { Host: string; Port: number }): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: Host, port: Port, agent: false, timeout: 5000 }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      response.on('end', () => resolve(text.trim()))
    }).on('error', reject)
  })
}

t.test('ports left open are chosen and kept, and the container is reached by both ways', needsDocker, async (t) => {
  const { make, shown, lifecycle, again } = await serve(t)
  const properties = {
    image: testImage('busybox'),
    init: true,
    command: web,
    ports: ['127.0.0.1::80', '53/udp'],
    stop_grace_period: '1s',
  }
  const one = await make({ ...properties, environment: { NAME: 'one' } })
  const { Endpoints } = await shown(one)
  t.match(Endpoints, [
    { Host: '127.0.0.1', ContainerPort: 53, Protocol: 'udp' },
    { Host: '127.0.0.1', ContainerPort: 80, Protocol: 'tcp' },
    { Host: /^\d+\.\d+\.\d+\.\d+$/, Port: 53, ContainerPort: 53, Protocol: 'udp' },
    { Host: /^\d+\.\d+\.\d+\.\d+$/, Port: 80, ContainerPort: 80, Protocol: 'tcp' },
  ])
  const published = Endpoints.filter(({ Port, ContainerPort }) => Port !== ContainerPort)
  t.equal(published.length, 2, 'an address for IPv6 makes no second one')
  t.ok(published.every(({ Port }) => Port >= 20_000 && Port <= 29_999))
  const tcp = Endpoints.filter(({ Protocol }) => Protocol === 'tcp')
  for (const endpoint of tcp) {
    t.equal(await waitUntil('an answer', () => textAt(endpoint)), 'one', `${endpoint.Host}:${endpoint.Port}`)
  }
  docker('restart', '--time', '0', one)
  const after = async () => (await shown(one)).Endpoints.filter(({ Port }) => Port >= 20_000)
  // It is described as it is told, and the engine tells of a restart when it has answered.
  await waitUntil('it to run again', async () => (await after()).length === published.length)
  t.same(await after(), published, 'docker restart')
  await lifecycle.stop({ Instance: one })
  t.same(await after(), [], 'none while it is stopped')
  const plugin = await again()
  const two = await plugin.make(properties)
  const theirs = (await plugin.shown(two)).Endpoints.map(({ Port }) => Port)
  t.notOk(
    published.some(({ Port }) => theirs.includes(Port)),
    'nobody gets those of one that is stopped',
  )
  await plugin.lifecycle.start({ Instance: one })
  t.same(
    (await plugin.shown(one)).Endpoints.filter(({ Port }) => Port >= 20_000),
    published,
    'stop and start',
  )
})

t.test(
  'many at once get ports of their own; a port that somebody else has is not insisted on',
  needsDocker,
  async (t) => {
    // Above what clients and, by default, instances are given.
    const first = 61_200 + 9 * randomInt(400)
    const range = { first, last: first + 8 }
    const blockers = await Promise.all(
      [range.first, range.first + 4].map(async (port) => {
        const server = createServer().listen(port, '0.0.0.0')
        await once(server, 'listening')
        t.teardown(() => server.close())
        return port
      }),
    )
    const { make, shown, containers } = await serve(t, { args: ['--ports', `${range.first}-${range.last}`] })
    const properties = { image: testImage('busybox'), command: ['sleep', '1000'], init: true, ports: [80] }
    const ids = await Promise.all(Array.from({ length: 5 }, () => make(properties)))
    const ports = await Promise.all(ids.map(async (id) => (await shown(id)).Endpoints[0]?.Port ?? 0))
    t.equal(new Set(ports).size, 5)
    t.notOk(ports.some((port) => blockers.includes(port)))
    await Promise.all([make(properties), make(properties)])
    t.match(await rejection(make(properties)), { message: /address already in use|no port from 6/, hint: /port/ })
    t.equal(containers().length, 7, 'what failed left nothing')
  },
)

t.test('a fixed port that is taken: the reason in words, and nothing left', needsDocker, async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const { make, containers } = await serve(t)
  const properties = { image: testImage('busybox'), command: ['sleep', '1000'], ports: [`127.0.0.1:${port}:80`] }
  t.match(await rejection(make(properties)), {
    message: new RegExp(`${port}.*(in use|already allocated)`),
    hint: /another port/,
  })
  t.same(containers(), [])
  await new Promise((resolve) => server.close(resolve))
  const id = await make(properties)
  t.match(inspect(id).NetworkSettings.Ports['80/tcp'], [{ HostPort: String(port) }])
  t.match(await rejection(make(properties)), { message: /already allocated/ })
  t.equal(containers().length, 1)
})
