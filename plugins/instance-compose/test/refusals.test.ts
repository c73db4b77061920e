import { createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { rejection } from '@infrakit/testing'
import { inspect } from '@infrakit/testing/engine'
import t from 'tap'
import { needsCompose, serve, userProject, waits } from './support.js'

const app = (more: string) => `services: {app: {image: IMAGE, command: ${waits}, ${more}}}`

t.test("a broken file: Compose's own message, with its line", needsCompose, async (t) => {
  const { instance, resolve } = await serve(t)
  const cases: [files: Record<string, string>, words: RegExp, service?: string][] = [
    [{ 'compose.yml': 'services:\n  app:\n    image: x\n   other: 1\n' }, /yaml: line \d+: did not find expected key/],
    [{ 'compose.yml': 'services:\n  app:\n\timage: x\n' }, /yaml: line 3: found character that cannot start any token/],
    [{ 'compose.yml': 'services: {app: {image: x, ports: "80"}}' }, /services\.app\.ports must be a list/],
    [{ 'compose.yml': 'services: {app: {image: x, nosuch: 1}}' }, /Additional property nosuch is not allowed/],
    [
      { 'compose.yml': 'services: {app: {image: "${V:?say which}"}}' },
      /required variable V is missing a value: say which/,
    ],
    [{ 'compose.yml': 'services: {app: {image: x, depends_on: [db]}}' }, /depends on undefined service/],
    [{ 'compose.yml': 'services: {app: {image: x, env_file: no.env}}' }, /no\.env/],
    [{ 'compose.yml': 'services: {app: {extends: {file: no.yml, service: x}}}' }, /no\.yml/],
    [{ 'compose.yml': 'services: {app: {image: x}}' }, /no such service: other/, 'other'],
  ]
  for (const [files, message, Service = 'app'] of cases) {
    const project = await userProject(t, files)
    const Properties = { Files: project.file, Project: project.name, Service }
    const expected = { kind: 'input', message, path: 'Properties.Files', hint: /docker compose config/ }
    t.match(await rejection(instance.validate({ Properties })), expected, String(message))
    t.match(await rejection(resolve.resolve({ Properties })), expected)
  }
  const Properties = { Files: join('/nowhere', 'compose.yml'), Service: 'app' }
  t.match(await rejection(instance.validate({ Properties })), { message: /\/nowhere\/compose\.yml: no such file/ })
})

t.test('what only one can have: one at a time, the second one is refused with the reason', needsCompose, async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  const { make, instance, containers } = await serve(t)
  const cases: [more: string, reason: RegExp][] = [
    [
      `ports: ["127.0.0.1:${port}:80"]`,
      new RegExp(`has port ${port} of the host for itself: .*app-infrakit-1 is there`),
    ],
    ['container_name: PROJECT-mine', /has the name ik-project-\w+-mine for itself: ik-project-\w+-mine is there/],
    ['mac_address: "02:42:ac:11:00:77"', /has the address 02:42:ac:11:00:77 for itself/],
  ]
  for (const [more, message] of cases) {
    const project = await userProject(t, { 'compose.yml': app(more) })
    const Properties = { Files: project.file, Project: project.name, Service: 'app' }
    const first = await make(Properties)
    t.match(await rejection(make(Properties)), { kind: 'conflict', message, hint: /MaxSurge: 0/ })
    t.equal(containers().length, 1)
    await instance.destroy({ Instance: first })
    const second = await make(Properties)
    if (more.startsWith('container_name')) t.equal(inspect(second).Name, `/${project.name}-mine`)
    const other = await make({ ...Properties, As: 'other' }).catch(() => undefined)
    t.equal(
      other !== undefined,
      more.startsWith('container_name'),
      'another name is a way out where only the name is fixed',
    )
    for (const id of [second, other]) if (id !== undefined) await instance.destroy({ Instance: id })
  }
})

t.test('an image that is not there, and one that is not built', needsCompose, async (t) => {
  const { make, resolve, containers } = await serve(t)
  const project = await userProject(t, {
    'compose.yml': 'services: {app: {image: ik-nosuch, pull_policy: never}, built: {build: ./nowhere}}',
  })
  const Properties = { Files: project.file, Project: project.name, Service: 'app' }
  t.match(await rejection(resolve.resolve({ Properties })), { kind: 'not-found', hint: /pull_policy is "never"/ })
  t.match(await rejection(make(Properties)), { kind: 'not-found', message: /there is no image ik-nosuch/ })
  const built = { ...Properties, Service: 'built' }
  t.match(await rejection(resolve.resolve({ Properties: { ...built, Build: 'never' } })), {
    kind: 'not-found',
    message: /is not built, and Build is "never"/,
  })
  t.match(await rejection(resolve.resolve({ Properties: built })), {
    message: /cannot build service built: [^]*nowhere/,
  })
  t.same(containers(), [])
})

t.test('a side service that does not get well', needsCompose, async (t) => {
  const { make, containers } = await serve(t)
  const cases: [db: string, condition: string, message: RegExp][] = [
    [
      'healthcheck: {test: "false", interval: 200ms, retries: 1}',
      'healthy',
      /side service db .* is not healthy: .* is unhealthy/,
    ],
    [
      'command: [sh, -c, "exit 3"]',
      'completed_successfully',
      /is not completed_successfully: .* ended badly: Exited \(3\)/,
    ],
  ]
  for (const [db, condition, message] of cases) {
    const project = await userProject(t, {
      'compose.yml': `
services:
  app: {image: IMAGE, command: ${waits}, depends_on: {db: {condition: service_${condition}}}}
  db: {image: IMAGE, command: ${waits}, ${db}}
`.replace(db.startsWith('command') ? `command: ${waits}, command` : 'nothing', 'command'),
    })
    const Properties = { Files: project.file, Project: project.name, Service: 'app' }
    t.match(await rejection(make(Properties)), { kind: 'unavailable', message, hint: /logs db/ })
    t.same(containers(), [])
  }
})
