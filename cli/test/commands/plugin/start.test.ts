import { join } from 'node:path'
import t from 'tap'
import { alive, createOwnWorld, pidOf, writePlugin } from '../../support/script-plugin.js'

t.test('start, look, stop', async (t) => {
  const world = await createOwnWorld(t)
  const path = await writePlugin(world, 'mine')
  const started = await world.infrakit(['plugin', 'start', path, '--', '--dir', './x y', '--json'])
  t.equal(started.code, 0, started.stderr)
  const pid = await pidOf(world, 'mine')
  t.equal(started.stdout, `Started mine (pid ${pid}), log ${join(world.home, 'logs', 'mine.log')}\n`)

  const again = await world.infrakit(['plugin', 'start', path])
  t.match(again, { code: 0, stdout: `mine is running already (pid ${pid})\n` })
  t.equal(await pidOf(world, 'mine'), pid, 'the same one')

  const logs = await world.infrakit(['plugin', 'logs', 'mine'])
  t.equal(logs.stdout, 'arguments: --dir ./x y --json\nserving\n', 'what stands after -- is the plugin’s')
  t.equal((await world.infrakit(['plugin', 'logs', '-n', '1', 'mine'])).stdout, 'serving\n')

  t.match(await world.infrakit(['plugin', 'stop', 'mine']), { code: 0, stdout: `Stopped mine (pid ${pid})\n` })
  t.notOk(alive(pid))
  t.match(await world.infrakit(['plugin', 'stop', 'mine']), { code: 1, stderr: 'error: plugin not found:mine\n' })
})

t.test('several at once, by NAME=EXECUTABLE, and all ended', async (t) => {
  const world = await createOwnWorld(t)
  const [a, b] = [await writePlugin(world, 'a'), await writePlugin(world, 'b')]
  const { code, stdout } = await world.infrakit(['plugin', 'start', `a=${a}`, b, '--json'])
  t.equal(code, 0)
  t.match(JSON.parse(stdout), [
    { name: 'a', state: 'started', listen: join(world.pluginsDir, 'a') },
    { name: 'b', state: 'started', log: join(world.home, 'logs', 'b.log') },
  ])
  t.match(await world.infrakit(['plugin', 'stop', '--all']), { code: 0, stdout: /^Stopped a .*\nStopped b .*\n$/ })
  t.equal((await world.infrakit(['plugin', 'ls', '-q'])).stdout, '')
})

t.test('one that does not start says why', async (t) => {
  const world = await createOwnWorld(t)
  const path = await writePlugin(world, 'mine')
  const failed = await world.infrakit(['plugin', 'start', path, '--', '--fail'])
  t.equal(failed.code, 1)
  t.match(
    failed.stderr,
    /^error: mine ended with status 3; its last words:\n {2}arguments: --fail\n {2}cannot open the door\nhint: .*mine\.log/,
  )
  const silent = await world.infrakit(['plugin', 'start', '--timeout', '300ms', path, '--', '--silent'])
  t.equal(silent.code, 1)
  t.match(silent.stderr, /^error: mine did not answer within 300ms and was ended/)
  t.notMatch(silent.stderr, 'cannot open the door', 'only what it wrote this time')
  t.match(await world.infrakit(['plugin', 'start', '--supervise', path, '--', '--fail']), {
    code: 1,
    stderr: /^error: mine ended with status 3; its last words:\n.*cannot open the door/s,
  })
  const good = await writePlugin(world, 'good')
  const mixed = await world.infrakit(['plugin', 'start', good, path])
  t.match(mixed, { code: 0 }, 'both start now')
})

t.test('what cannot be started', async (t) => {
  const world = await createOwnWorld(t)
  const cases: [what: string, args: string[], code: number, stderr: RegExp][] = [
    [
      'an unknown short name',
      ['instance-flie'],
      1,
      /no executable infrakit-instance-flie.*\nhint: did you mean 'instance-file'\?/,
    ],
    ['a path that is not there', ['./none'], 2, /no such file/],
    ['arguments for two', ['a', 'b', '--', '--x'], 2, /for one plugin only/],
    ['only arguments', ['--', '--x'], 2, /which plugin\?/],
    ['a bad timeout', ['--timeout', '5', 'a'], 2, /--timeout: expected a duration/],
  ]
  for (const [what, args, code, stderr] of cases) {
    await t.test(what, async (t) => {
      t.match(await world.infrakit(['plugin', 'start', ...args]), { code, stderr })
    })
  }
})
