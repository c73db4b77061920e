import { existsSync } from 'node:fs'
import { tag, type InstanceSpec } from '@infrakit/spi'
import { rejection, waitUntil } from '@infrakit/testing'
import { unique } from '@infrakit/testing/engine'
import t from 'tap'
import { answerAt, needsSwarm, serve, sh, testSwarm, waits } from './support.js'

t.test('on a swarm of one node', { ...needsSwarm, timeout: 280_000 }, async (t) => {
  const swarm = await testSwarm(t)
  const { image, first } = swarm
  const plugin = await serve(t, swarm)
  const { make, instance, lifecycle, job, describe, shown, endpoints, services } = plugin
  const quick = { image, command: waits, stop_signal: 'SIGKILL', stop_grace_period: '1s' }
  const specOf = (key: string, more: Partial<InstanceSpec> = {}): InstanceSpec => ({
    Properties: quick,
    ...more,
    Tags: { [tag.provision]: key, ...more.Tags },
  })
  const tasksOf = (name: string) => first.docker('service', 'ps', '--format', '{{.ID}}', '--no-trunc', name).split('\n')

  await t.test('keys, names and logical IDs', async (t) => {
    const [one, two] = [specOf(unique('key'), { Tags: { [tag.group]: 'web' } }), specOf(unique('key'))]
    const all = await Promise.all([one, one, one, two, two].map((Spec) => instance.provision({ Spec })))
    const ids = [...new Set(all.map(({ ID }) => ID))]
    t.equal(ids.length, 2, 'one for each key')
    t.equal(services().length, 2)
    const name = (await shown(ids[0] ?? '')).Name
    t.match(name, /^web-[0-9a-f]{12}$/)
    const pet = await make(quick, { LogicalID: 'db-1' })
    t.match(await describe(pet), { LogicalID: 'db-1', Properties: { Name: 'db-1', Host: 'node-1' } })
    const again = rejection(make(quick, { LogicalID: 'db-1' }))
    t.match(await again, { kind: 'conflict', message: /the name db-1 is in use/ })
    const before = tasksOf(name)
    await Promise.all([
      instance.label({ Instance: ids[0] ?? '', Labels: { a: 'b' } }),
      instance.label({ Instance: ids[0] ?? '', Labels: { c: 'd' } }),
    ])
    t.match((await describe(ids[0] ?? ''))?.Tags, { a: 'b', c: 'd', [tag.group]: 'web' })
    t.same(tasksOf(name), before, 'a label restarts nothing')
    first.docker('service', 'rm', name)
    t.notOk((await plugin.ids()).includes(ids[0] ?? ''), 'what somebody removed is gone')
    const made = await instance.provision({ Spec: one })
    t.not(made.ID, ids[0], 'and is made again')
    await Promise.all([made.ID, ids[1] ?? '', pet].map((Instance) => instance.destroy({ Instance })))
  })

  await t.test('what cannot be made says why, and leaves nothing', async (t) => {
    const deploy = { placement: { constraints: ['node.labels.disk==ssd'] } }
    const cases: [properties: object, expected: object][] = [
      [
        { ...quick, command: ['/nosuch'] },
        { kind: 'plugin-failed', message: /cannot be started: .*\/nosuch/ },
      ],
      [
        { ...quick, deploy },
        { kind: 'unavailable', message: /no suitable node/, hint: /constraints/ },
      ],
      [
        { ...quick, secrets: ['nosuch'] },
        { kind: 'input', path: 'Properties.secrets', hint: /docker secret create/ },
      ],
      [{ ...quick, networks: ['nosuch'] }, { message: /network nosuch not found/ }],
      [
        { ...quick, image: '127.0.0.1:1/nosuch:1', pull_policy: 'never' },
        { kind: 'not-found', message: /there is no image/ },
      ],
      [
        { ...quick, command: sh('exit 1'), healthcheck: { test: ['CMD', 'false'], interval: '1s', retries: 1 } },
        { kind: 'plugin-failed', message: /cannot be started: exited with code 1/ },
      ],
    ]
    for (const outcome of cases.map(([properties]) =>
      make(properties).then(
        (ID) => ({ ID }),
        (error: unknown) => error,
      ),
    )) {
      const [, expected] = cases.shift() ?? []
      t.match(await outcome, expected)
    }
    t.same(services(), [])
  })

  await t.test('ingress that does not serve is said to', async (t) => {
    const properties = { image, command: waits, ports: [{ target: 80, mode: 'ingress' }], stop_grace_period: '1s' }
    const outcome = make(properties).then(
      (id) => id,
      (error: unknown) => error,
    )
    if (existsSync('/proc/net/ip_vs')) {
      t.type(await outcome, 'string', 'this kernel has IP_VS')
      return instance.destroy({ Instance: (await outcome) as string })
    }
    t.match(await outcome, { kind: 'plugin-failed', message: /no IP_VS/, hint: /mode: host/ })
    t.same(services(), [])
  })

  await t.test('a published port serves at the address of the node, and is kept', async (t) => {
    const command = ['httpd', '-f', '-p', '80', '-h', '/www']
    const properties = { image, init: true, tmpfs: '/www', ports: [80], entrypoint: command, stop_grace_period: '1s' }
    const [web, other] = await Promise.all([
      make(properties, { Init: 'echo hello > /www/index.html', LogicalID: 'web' }),
      make({ ...properties, ports: ['8080:80'] }),
    ])
    const [endpoint] = await endpoints(web)
    t.match(endpoint, { Host: first.address, ContainerPort: 80, Protocol: 'tcp' })
    t.match((await endpoints(other))[0], { Port: 8080 })
    t.equal(await waitUntil('its words', () => endpoint && answerAt(first, endpoint)), 'hello', 'Init ran before')
    await lifecycle.stop({ Instance: web })
    await lifecycle.stop({ Instance: web })
    t.match(await describe(web), { State: 'stopped', Properties: { Endpoints: [] } })
    t.equal((await instance.describeInstances({})).Unreachable, undefined)
    await lifecycle.start({ Instance: web })
    await lifecycle.start({ Instance: web })
    t.same(await endpoints(web), [endpoint], 'the same port')
    t.equal(await waitUntil('its words again', () => endpoint && answerAt(first, endpoint)), 'hello')
    first.docker('service', 'scale', '--detach', 'web=0')
    t.match(await describe(web), { State: 'stopped' }, 'stopped by hand is stopped')
    await Promise.all([web, other].map((Instance) => instance.destroy({ Instance })))
  })

  await t.test('how one ended is told, and that the swarm starts it again', async (t) => {
    const policy = (condition: string) => ({ restart_policy: { condition, delay: '60s' } })
    const once = await make({ ...quick, command: sh('sleep 0.5; exit 3'), deploy: policy('none') })
    const again = await make({ ...quick, command: sh('sleep 0.5; exit 4'), deploy: policy('any') })
    const killed = await make({ ...quick, deploy: policy('none') })
    const ended = async () => (await describe(once))?.State === 'failed'
    await waitUntil('its end', ended, 30_000)
    t.match(await describe(once), { State: 'failed', StateReason: 'exited with code 3' })
    const restarting = async () => (await describe(again))?.StateReason !== undefined && describe(again)
    const found = await waitUntil('the other one to end', restarting, 30_000)
    t.match(found, { State: undefined, StateReason: 'exited with code 4; the swarm starts it again' })
    t.match(found.Properties, { Health: 'starting', HealthReason: /exited with code 4/ }, 'it is not available')
    t.ok(await plugin.logs.tail({ Instance: once }), 'its words can be read')
    const name = (await shown(killed)).Name
    first.docker('kill', first.docker('ps', '-q', '--filter', `label=com.docker.swarm.service.name=${name}`))
    await waitUntil('it to have failed', async () => (await describe(killed))?.State === 'failed')
    t.match(await describe(killed), { StateReason: 'exited with code 137 (SIGKILL)' })
    await Promise.all([once, again, killed].map((Instance) => instance.destroy({ Instance })))
  })

  await t.test('after as many attempts as it may have it has failed', async (t) => {
    const policy = (condition: string) => ({ restart_policy: { condition, delay: '200ms', max_attempts: 2 } })
    const crashing = { ...quick, command: sh('sleep 0.3; exit 5') }
    const [any, crashed, done] = await Promise.all([
      make({ ...crashing, deploy: policy('any') }),
      make({ ...crashing, deploy: policy('on-failure') }),
      make({ ...quick, command: sh('sleep 0.3; exit 0'), deploy: policy('on-failure') }),
    ])
    const attempts = async (id: string) => tasksOf((await shown(id)).Name).length
    for (const [id, reason, count] of [
      [any, 'exited with code 5', 3],
      [crashed, 'exited with code 5', 3],
      [done, 'exited with code 0', 1],
    ] as const) {
      const failed = async () => (await describe(id))?.State === 'failed'
      await waitUntil(`${reason} after ${count}`, failed, 60_000)
      t.match(await describe(id), { State: 'failed', StateReason: reason })
      t.equal(await attempts(id), count, 'the first, and those that it may have')
      await instance.destroy({ Instance: id })
    }
  })

  await t.test('secrets, configs, networks and health', async (t) => {
    first.docker('secret', 'create', 'hidden', '/etc/hostname')
    first.docker('config', 'create', 'shown', '/etc/hostname')
    first.docker('network', 'create', '--driver', 'overlay', '--attachable', 'backend')
    const id = await make({
      image,
      command: waits,
      hostname: 'me',
      networks: { backend: { aliases: ['me-too'] } },
      secrets: ['hidden', { source: 'hidden', target: 'again', mode: 0o400 }],
      configs: [{ source: 'shown', target: '/etc/shown' }],
      environment: { A: 'b' },
      healthcheck: { test: ['CMD', 'test', '-f', '/etc/shown'], interval: '1s' },
      expose: [80],
      ports: [8000],
      stop_grace_period: '1s',
    })
    t.match(await shown(id), { Health: 'healthy' })
    const own = (await endpoints(id)).find(({ Port }) => Port === 8000)
    t.match(own, { Host: /^10\./, ContainerPort: 8000 }, 'its own address in the network')
    const read = async (script: string) => (await job.run({ Instance: id, Command: sh(script) })).Output.trim()
    t.equal(
      await read('stat -c %a /run/secrets/again; ls /run/secrets; test -s /etc/shown && echo $A'),
      '400\nagain\nhidden\nb',
    )
    const asked = await job.run({
      Properties: { image, networks: ['backend'], command: ['nslookup', 'me-too', '127.0.0.11'] },
    })
    t.match(asked.Output, own?.Host ?? 'no address', 'it is found by its name, without a virtual address')
    await instance.destroy({ Instance: id })
  })

  await t.test('jobs', async (t) => {
    const id = await make({ ...quick, hostname: 'me' })
    const run = (Properties: object, more: object = {}) => job.run({ Properties: { ...quick, ...Properties }, ...more })
    t.match(await run({ command: sh('echo out; exit 5') }), { ExitCode: 5, Output: 'out\n', Truncated: false })
    t.match(await run({}, { Instance: id, Command: ['echo', 'beside'] }), { ExitCode: 0, Output: 'beside\n' })
    t.match(await job.run({ Instance: id, Command: ['false'] }), { ExitCode: 1 })
    const late = await rejection(run({ command: ['sleep', '100'] }, { TimeoutSeconds: 2 }))
    t.match(late, { kind: 'timeout', message: /did not end within 2 s, and was killed/ })
    t.match(await rejection(run({ command: ['/nosuch'] })), { kind: 'plugin-failed', message: /nosuch/ })
    t.match(await rejection(job.run({ Instance: id })), { kind: 'input', path: 'Command' })
    t.match(await rejection(job.run({})), { kind: 'input', path: 'Properties' })
    t.equal(services().length, 1, 'none of them left anything')
    await instance.destroy({ Instance: id })
  })

  await t.test('one for each node, for ever', async (t) => {
    const Tags = { [tag.group]: 'agents' }
    const global = { ...quick, Mode: 'global' }
    const id = await make(global, { Tags })
    t.match(first.docker('service', 'ls', '--format', '{{.Mode}} {{.Replicas}}'), 'global 1/1')
    t.match(await rejection(make(global, { Tags })), { kind: 'unavailable', message: /no node is left/ })
    const elsewhere = await make(global, { Tags: { [tag.group]: 'others' }, LogicalID: 'node-1' })
    await lifecycle.stop({ Instance: id })
    t.match(await describe(id), { State: 'stopped' })
    t.same((await describe(elsewhere))?.State, undefined)
    await lifecycle.start({ Instance: id })
    t.match(await describe(id), { State: undefined, Properties: { Host: 'node-1' } })
    await Promise.all([id, elsewhere].map((Instance) => instance.destroy({ Instance })))
    t.same(services(), [])
  })

  await t.test('what has changed in labels or resources only is updated in place', async (t) => {
    const group = (hash: string, more: object = {}): InstanceSpec => ({
      Properties: { ...quick, ...more },
      Tags: { [tag.group]: 'g', [tag.configHash]: hash, [tag.provision]: unique('key') },
    })
    const provision = async (Spec: InstanceSpec) => (await instance.provision({ Spec })).ID
    const id = await provision(group('one'))
    const { Name, Task } = await shown(id)
    const labelled = group('two', { deploy: { labels: { tier: 'web' } } })
    t.equal(await provision(labelled), id, 'a label: the same instance')
    t.equal((await shown(id)).Task, Task, 'and the same task')
    t.match((await describe(id))?.Tags, { [tag.configHash]: 'two' })
    t.equal(await provision(labelled), id, 'and for its key once more')
    const limited = group('three', { deploy: { resources: { limits: { memory: '32m' } } } })
    t.equal(await provision(limited), id, 'a resource: the same instance')
    const { Task: another } = await shown(id)
    t.not(another, Task, 'and another task')
    t.match(first.docker('service', 'inspect', '--format', '{{json .Spec.TaskTemplate.Resources}}', Name), '33554432')
    t.not(await provision(group('four', { environment: { A: 'b' } })), id, 'what else has changed is made anew')
    const impossible = group('five', { deploy: { resources: { reservations: { memory: '900t' } } } })
    t.match(await rejection(provision(impossible)), { kind: 'unavailable', message: /insufficient resources/ })
    t.equal((await shown(id)).Task !== undefined || (await describe(id))?.State, true, 'it has what it had')
    t.match((await describe(id))?.Tags, { [tag.configHash]: 'three' })
    for (const Instance of await plugin.ids()) await instance.destroy({ Instance })
  })
})
