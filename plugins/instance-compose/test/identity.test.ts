import { spawnSync } from 'node:child_process'
import { tag } from '@infrakit/spi'
import { rejection, waitUntil } from '@infrakit/testing'
import { docker, inspect, unique } from '@infrakit/testing/engine'
import t from 'tap'
import { needsCompose, serve, userProject, waits } from './support.js'

const file = `services: {app: {image: IMAGE, command: ${waits}, ports: ["80", "24620-24629:81"], labels: {mine: "1"}}}`

t.test('a pet has its name and its attachments, which its successor gets', needsCompose, async (t) => {
  const project = await userProject(t, { 'compose.yml': file })
  const volume = unique('volume')
  t.teardown(() => docker('volume', 'rm', '-f', volume))
  const { make, describe, instance, containers } = await serve(t)
  const Properties = { Files: project.file, Project: project.name, Service: 'app', As: 'node' }
  const spec = {
    LogicalID: 'one',
    Tags: { [tag.group]: 'pets', price: '5$', $HOME: 'x' },
    Attachments: [
      { ID: `${volume}:/data`, Type: 'volume' },
      { ID: `${project.folder}:/read:ro`, Type: 'bind' },
    ],
  }
  const first = await make(Properties, spec)
  t.match(inspect(first), { Name: `/${project.name}-node-one`, Config: { Hostname: 'one', Labels: { mine: '1' } } })
  t.match(await describe(first), {
    LogicalID: 'one',
    Tags: spec.Tags,
    Properties: { Project: project.name, Service: 'app', ComposeService: 'node-one' },
  })
  docker('exec', first, 'sh', '-c', 'echo kept > /data/file')
  t.throws(() => docker('exec', first, 'touch', '/read/no'), /Read-only/)
  t.match(await rejection(make(Properties, spec)), { kind: 'conflict', message: /-node-one is in use/, hint: /\S/ })
  t.equal(containers().length, 1, 'a second one of that name leaves nothing')
  await instance.destroy({ Instance: first })
  const second = await make(Properties, spec)
  t.equal(docker('exec', second, 'cat', '/data/file'), 'kept')
  t.match(await rejection(make(Properties, { Attachments: [{ ID: volume, Type: 'volume' }] })), {
    kind: 'input',
    message: /Spec\.Attachments: /,
  })
})

t.test('tags can change and outlast the plugin; ports are chosen and kept', needsCompose, async (t) => {
  const project = await userProject(t, { 'compose.yml': file })
  const first = await serve(t)
  const Properties = { Files: project.file, Project: project.name, Service: 'app' }
  const Tags = { [tag.group]: 'web', tier: 'a' }
  const id = await first.make(Properties, { Tags })
  t.equal((await first.shown(id)).Name, `${project.name}-app-web-1`, 'named after service and group')
  await first.instance.label({ Instance: id, Labels: { tier: 'b', new: '1' } })
  const second = await first.again()
  t.same((await second.describe(id))?.Tags, { ...Tags, tier: 'b', new: '1' })
  const published = async (one: string) =>
    (await second.shown(one)).Endpoints.filter(({ Port }) => Port >= 20_000).map(({ Port }) => Port)
  const ports = await published(id)
  t.equal(ports.length, 2)
  t.ok(
    ports.some((port) => port >= 24_620 && port <= 24_629),
    "one from the file's own range",
  )
  await second.lifecycle.stop({ Instance: id })
  const other = await second.make(Properties, { Tags })
  t.notOk(
    (await published(other)).some((port) => ports.includes(port)),
    'nobody gets those of one that is stopped',
  )
  await second.lifecycle.start({ Instance: id })
  t.same(await published(id), ports)
  docker('rm', '-f', id)
  await waitUntil('it to be gone', async () => (await second.describe(id)) === undefined)
  t.equal((await second.shown(await second.make(Properties, { Tags }))).Name, `${project.name}-app-web-1`, 'the gap')
})

const one = process.env['INFRAKIT_COMPOSE_1'] ?? 'docker-compose'
const isOne = /^1\./.test(spawnSync(one, ['version', '--short'], { encoding: 'utf8' }).stdout ?? '')
const needsOne = { skip: needsCompose.skip || (isOne ? false : 'not there: docker-compose 1') }

t.test('Compose 1, where there is nothing else', needsOne, async (t) => {
  const old = `
version: "3.9"
services:
  app:
    image: IMAGE
    command: ${waits}
    environment: {A: "$$x \${B}"}
    ports: ["80"]
    depends_on: [db]
    volumes: [data:/data]
  db: {image: IMAGE, command: ${waits}}
volumes: {data: {}}
`
  const project = await userProject(t, { 'compose.yml': old })
  const { make, instance, resolve, job } = await serve(t, { args: ['--compose', one] })
  const given = { Files: project.file, Service: 'app', Environment: { B: 'b' }, As: 'app-blue' }
  t.match(await rejection(resolve.resolve({ Properties: given })), { kind: 'input', path: 'Properties.Project' })
  const Properties = { ...given, Project: project.name }
  const { Resolved } = await resolve.resolve({ Properties })
  const ids = await Promise.all([1, 2, 3].map(() => make({ ...Properties, Resolved })))
  const names = ['app-blue-1', 'app-blue-2', 'app-blue-3'].map((name) => `${project.name}-${name}`)
  t.same(
    project.containers().filter((name) => !name.includes('db')),
    names,
  )
  for (const id of ids) {
    const { Config, Mounts, NetworkSettings } = inspect(id)
    t.ok(Config.Env.includes('A=$x b'))
    t.match(Mounts, [{ Name: `${project.name}_data` }])
    t.ok(NetworkSettings.Networks[`${project.name}_default`]?.Aliases?.includes('app-blue'))
  }
  t.match(await job.run({ Properties, Command: ['echo', 'once'] }), { ExitCode: 0, Output: 'once\n' })
  await instance.destroy({ Instance: ids[1] ?? '' })
  const again = await make({ ...Properties, Resolved })
  t.equal(inspect(again).Name, `/${names[1]}`)
})
