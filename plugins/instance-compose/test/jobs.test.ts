import { rejection } from '@infrakit/testing'
import t from 'tap'
import { needsCompose, serve, userProject, waits } from './support.js'

const file = `
services:
  app:
    image: IMAGE
    command: [sh, -c, 'mkdir -p /www; echo hello > /www/index.html; exec httpd -f -p 80 -h /www']
    init: true
    environment: {A: "x$$y"}
    restart: always
    ports: ["80"]
    depends_on: [db]
    volumes: [data:/data]
    configs: [{source: c, target: /c}]
  db: {image: IMAGE, command: ${waits}}
volumes: {data: {}}
configs: {c: {content: "of the config"}}
`

t.test('a service runs once, as `docker compose run --rm` does', needsCompose, async (t) => {
  const project = await userProject(t, { 'compose.yml': file })
  const { make, job, containers } = await serve(t)
  const Properties = { Files: project.file, Project: project.name, Service: 'app' }
  const sh = (script: string) => ['sh', '-c', script]
  const all = sh('echo $A; cat /c; echo kept > /data/file; nslookup db | grep -c Name; exit 3')
  t.match(await job.run({ Properties, Command: all }), { ExitCode: 3, Output: 'x$y\nof the config1\n' })
  t.same(project.containers(), [`${project.name}-db-1`], 'it is removed, what it depends on stays')
  const id = await make(Properties)
  t.match(await job.run({ Properties, Command: sh('cat /data/file') }), { ExitCode: 0, Output: 'kept\n' })
  const fetch = sh('wget -q -O - http://127.0.0.1/')
  t.match(await job.run({ Instance: id, Properties, Command: fetch }), { ExitCode: 0, Output: 'hello\n' }, 'beside it')
  t.match(await job.run({ Instance: id, Command: sh('echo $A') }), { Output: 'x$y\n' }, 'in it')
  t.match(await rejection(job.run({ Properties, Command: ['sleep', '1000'], TimeoutSeconds: 1 })), {
    kind: 'timeout',
    message: /did not end within 1 s, and was killed/,
  })
  t.match(await job.run({ Properties, Command: ['nosuch'] }), { ExitCode: 127, Output: /nosuch/ })
  t.match(await rejection(job.run({ Instance: id })), { kind: 'input', path: 'Command' })
  t.match(await rejection(job.run({})), { kind: 'input', path: 'Properties' })
  t.equal(containers().length, 1, 'none of them left anything')
})
