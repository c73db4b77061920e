import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tag } from '@infrakit/spi'
import { waitUntil } from '@infrakit/testing'
import { docker, inspect } from '@infrakit/testing/engine'
import t from 'tap'
import { needsCompose, serve, userProject, waits, type Project } from './support.js'

const file = `
services:
  app: {image: IMAGE, command: ${waits}, environment: {A: "1"}}
  db: {image: IMAGE, command: ${waits}}
`

/** The user's own `docker compose`, without waiting; answers its exit code. */
async function beside({ name, file, folder }: Project, ...args: string[]): Promise<number | null> {
  const child = spawn('docker', ['compose', '-p', name, '-f', file, ...args], { cwd: folder, stdio: 'ignore' })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

const networksOf = ({ name }: Project) =>
  docker('network', 'ls', '-q', '--filter', `label=com.docker.compose.project=${name}`).split('\n').filter(Boolean)

t.test('instances come and go beside the `up` of their user, from nothing on', needsCompose, async (t) => {
  const project = await userProject(t, { 'compose.yml': file })
  const plugin = await serve(t)
  const Properties = {
    Files: project.file,
    Project: project.name,
    Service: 'app',
    As: 'app-blue',
    SideServices: ['db'],
  }
  // At first there is no network, and Compose has no lock: its own `up` may fail of the two that are made.
  const [, ...first] = await Promise.all([
    beside(project, 'up', '-d'),
    ...Array.from({ length: 6 }, () => plugin.make(Properties)),
  ])
  t.equal(
    await waitUntil('the user to have what they asked for', async () => (await beside(project, 'up', '-d')) === 0),
    true,
  )
  t.equal(networksOf(project).length, 1, 'of the networks one is left')
  const theirs = [`${project.name}-app-1`, `${project.name}-db-1`]
  t.same(
    project.containers(),
    [...theirs, ...[1, 2, 3, 4, 5, 6].map((number) => `${project.name}-app-blue-${number}`)].sort(),
    'theirs and ours',
  )
  const before = theirs.map((name) => inspect(name).Id)

  const ups = (async () => {
    for (let round = 0; round < 4; round++) t.equal(await beside(project, 'up', '-d'), 0, 'the user notices nothing')
  })()
  const [going, staying] = [first.slice(0, 3), first.slice(3)]
  const [, , ...second] = await Promise.all([
    ups,
    Promise.all(going.map((id) => plugin.instance.destroy({ Instance: id }))),
    ...Array.from({ length: 4 }, () => plugin.make(Properties)),
  ])
  t.same(await plugin.ids(), [...staying, ...second].sort())
  t.same(
    theirs.map((name) => inspect(name).Id),
    before,
    'what they started is the same',
  )
  const ids = await plugin.ids()
  await plugin.make(Properties)
  const names = project.containers().filter((name) => name.includes('blue'))
  t.ok(names.includes(`${project.name}-app-blue-1`), 'gaps are refilled')
  t.equal(names.length, ids.length + 1)
  for (const id of await plugin.ids()) t.match(inspect(id).State, { Status: 'running' })
})

t.test("what the user's commands do with replicas", needsCompose, async (t) => {
  const project = await userProject(t, { 'compose.yml': file.replace('trap', 'echo hello; trap') })
  const plugin = await serve(t)
  const Properties = { Files: project.file, Project: project.name, Service: 'app', As: 'app-blue' }
  const id = await plugin.make(Properties)
  const name = `${project.name}-app-blue-1`
  project.compose('up', '-d', 'db')
  t.match(project.compose('ps'), name, 'ps shows them')
  t.equal(project.compose('exec', '-T', 'app-blue-1', 'hostname'), id, 'exec runs in them')
  const anywhere = (...args: string[]) => docker('compose', '-p', project.name, ...args)
  t.match(anywhere('logs', 'app-blue-1'), /hello/, 'logs, without the file')
  t.throws(
    () => project.compose('logs', 'app-blue-1'),
    /no such service/,
    'with the file Compose knows only its services',
  )
  t.match(
    project.compose('exec', '-T', 'db', 'nslookup', 'app-blue').toString(),
    /Address/,
    'others reach them by name',
  )

  project.compose('stop')
  t.match(await plugin.describe(id), { State: undefined }, 'stop, with the file, leaves them alone')
  project.compose('down', '-t', '0')
  t.match(await plugin.describe(id), { State: undefined }, 'and so does down')
  t.equal(networksOf(project).length, 1, 'which leaves the network that they are in')
  t.same(project.containers(), [name])
  anywhere('stop', '-t', '0')
  t.match(await plugin.describe(id), { State: 'failed' }, 'stop without the file is seen')
})

t.test(
  '`down` and `--remove-orphans` of the user: gone is told, and made again with all that it needs',
  needsCompose,
  async (t) => {
    const project = await userProject(t, { 'compose.yml': file, '.env': 'COMPOSE_REMOVE_ORPHANS=true\n' })
    const plugin = await serve(t)
    const Tags = { [tag.group]: 'web' }
    const Properties = { Files: project.file, Project: project.name, Service: 'app', SideServices: ['db'] }
    const id = await plugin.make(Properties, { Tags })
    const theirs = inspect(`${project.name}-db-1`).Id
    const other = await plugin.make(Properties, { Tags })
    t.equal(inspect(`${project.name}-db-1`).Id, theirs, 'what .env says of orphans does not count for us')
    t.same(project.containers(), [`${project.name}-app-web-1`, `${project.name}-app-web-2`, `${project.name}-db-1`])

    project.compose('down', '-t', '0', '--remove-orphans')
    t.same(project.containers(), [])
    t.same(await plugin.ids(), [], 'they are gone')
    const third = await plugin.make(Properties, { Tags })
    t.notOk([id, other].includes(third))
    t.same(project.containers(), [`${project.name}-app-web-1`, `${project.name}-db-1`], 'with network and side service')

    project.compose('rm', '--stop', '--force', 'db')
    await plugin.make(Properties, { Tags })
    t.ok(project.containers().includes(`${project.name}-db-1`), 'a side service that was removed is brought up again')
    docker('compose', '-p', project.name, 'down', '-t', '0')
    t.same(project.containers(), [], '`down` without the file takes all')
  },
)
