import { rejection, waitUntil } from '@infrakit/testing'
import { docker, needsDocker, testImage, unique } from '@infrakit/testing/engine'
import t from 'tap'
import { serve, sh } from './support.js'

const web = sh('mkdir -p /www; echo hello > /www/index.html; exec httpd -f -p 80 -h /www')

t.test('a job in an instance, and one beside it', needsDocker, async (t) => {
  const net = unique('net')
  docker('network', 'create', net)
  t.teardown(() => docker('network', 'rm', net))
  const { make, job, containers } = await serve(t)
  const image = testImage('busybox')
  const properties = { image, init: true, command: web, environment: { A: 'x' }, ports: [80], networks: [net] }
  const id = await make(properties, { LogicalID: unique('pet') })
  t.match(await job.run({ Instance: id, Command: sh('echo $A; hostname; echo err >&2; exit 3') }), {
    ExitCode: 3,
    Output: /^x\nik-pet-\w+\nerr\n$/,
    Truncated: false,
  })
  const own = { image, environment: { A: 'own' } }
  const fetch = sh('echo $A; wget -q -O - http://127.0.0.1/')
  t.match(await job.run({ Instance: id, Properties: own, Command: fetch }), { ExitCode: 0, Output: 'own\nhello\n' })
  // All that its instance has, and would keep a job from being in its network, or from ending.
  const same = { ...properties, restart: 'always', hostname: 'x', extra_hosts: ['a:10.0.0.1'], dns: '10.0.0.2' }
  t.match(await job.run({ Instance: id, Properties: same, Command: fetch }), { ExitCode: 0, Output: 'x\nhello\n' })
  t.match(await job.run({ Properties: { ...same, networks: null }, Command: sh('exit 4') }), { ExitCode: 4 })
  t.match(await job.run({ Properties: { image, command: sh('echo by default') } }), { Output: 'by default\n' })
  t.equal(containers().length, 1)

  const long = await job.run({ Instance: id, Command: sh('seq 1 100000') })
  t.match(long, { Truncated: true, Output: /\n99999\n100000\n$/ })
  t.equal(long.Output.length, 64 * 1024)
  t.match(await job.run({ Instance: id, Command: ['nosuch'] }), { ExitCode: 126, Output: /executable file not found/ })
  t.match(await rejection(job.run({ Properties: { image }, Command: ['nosuch'] })), {
    message: /executable file not found/,
  })
  t.match(await rejection(job.run({ Properties: { image: 'ik-none', pull_policy: 'never' } })), { kind: 'not-found' })
  t.match(await rejection(job.run({ Instance: id })), { kind: 'input', path: 'Command' })
  t.match(await rejection(job.run({})), { kind: 'input', path: 'Properties' })
  t.match(await rejection(job.run({ Instance: 'nosuch', Command: ['true'] })), { kind: 'not-found' })
  t.equal(containers().length, 1, 'none of them left anything')
})

t.test('a job that takes too long is killed, with all that it started', needsDocker, async (t) => {
  const { make, job, containers } = await serve(t)
  const image = testImage('busybox')
  const id = await make({ image, init: true, command: ['sleep', '4242'] })
  const processes = () =>
    docker('top', id, '-o', 'pid,args')
      .split('\n')
      .filter((line) => /sleep/.test(line))
  const inside = rejection(job.run({ Instance: id, Command: sh('sleep 1717 & sleep 1717'), TimeoutSeconds: 2 }))
  await waitUntil('it to run', () => processes().some((line) => line.includes('1717')))
  t.match(await inside, { kind: 'timeout', message: /did not end within 2 s, and was killed/ })
  t.notOk(
    processes().some((line) => line.includes('1717')),
    'nothing of it runs',
  )
  t.ok(
    processes().some((line) => line.includes('4242')),
    'the instance does',
  )
  const own = rejection(job.run({ Properties: { image, command: ['sleep', '1717'] }, TimeoutSeconds: 1 }))
  t.match(await own, { kind: 'timeout', message: /did not end within 1 s, and was killed/ })
  t.equal(containers().length, 1)
})

t.test('a plugin that is killed while a job runs removes it when it is started again', needsDocker, async (t) => {
  const first = await serve(t)
  const Properties = { image: testImage('busybox'), command: ['sleep', '1000'] }
  const id = await first.make(Properties)
  const running = rejection(first.job.run({ Properties }))
  await waitUntil('its container', () => first.containers().length === 2)
  const second = await first.again()
  t.ok(await running)
  t.same(
    second.containers().map((one) => one.slice(0, 12)),
    [id],
  )
  t.match(second.started.output(), /removes the container of a job that nobody waits for/)
})
