import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startProcess, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { createDeploymentWorld } from './deployments/world.js'
import { runCli } from './environment/run-cli.js'

t.setTimeout(600_000)

const program = fileURLToPath(new URL('../../cli/bin/infrakit.js', import.meta.url))

t.test('a service is deployed, looked at, steered and taken back by commands', async (t) => {
  const world = await createDeploymentWorld(t)
  const infrakit = (args: readonly string[]) => runCli(world.home, args)
  const file = join(world.home, 'shop.json')
  await writeFile(file, JSON.stringify(world.spec(1)))

  const none = await infrakit(['deployment', 'describe', 'shop'])
  t.match(none, { code: 1, stderr: /Service 'shop' was never deployed/ })
  const pretended = await infrakit(['deploy', file, '--pretend'])
  t.match(pretended, {
    code: 0,
    stdout: /^deploy of shop: release 1 \(blue, 2 instances\), blue-green\n {2}start +Make 2 instances as shop-1/,
  })
  t.match(pretended.stdout, /undo: destroy shop-1/)
  t.match(await infrakit(['deployment', 'ls', '--json']), { stdout: '[]\n' }, 'nothing was begun')

  const mistyped = await infrakit(['deploy', file, '--set', 'say=2'])
  t.match(mistyped, { code: 2, stderr: /--set say: no such parameter in .*\n.*did you mean 'says'\?/ })

  const first = await infrakit(['deploy', file])
  t.match(
    first,
    { code: 0, stdout: /\nswitch: done\n[^]*\nrecord: done\nshop: release 1 \(blue, 2 instances\) is active\.\n$/ },
    first.stderr,
  )

  const plan = join(world.home, 'plan.json')
  t.equal((await infrakit(['deploy', file, '--set', 'says=2', '--out', plan])).code, 0)
  t.equal((await stat(plan)).mode & 0o777, 0o600, 'a plan holds what may be secret')
  const shown = await infrakit(['deploy', file, '--pretend', '--json'])
  t.notMatch(shown.stdout, /RELEASE/, 'the environment is not shown')
  t.match(JSON.parse(await readFile(plan, 'utf8')), { Plan: { Release: 2, Colour: 'green' } })
  const second = await infrakit(['deploy', '--plan', plan, '--quiet'])
  t.match(second, { code: 0, stdout: /^shop: release 2 \(green, 2 instances\) is active\.\n$/ })
  const again = await infrakit(['deploy', '--plan', plan])
  t.match(again, { code: 1, stderr: /made for a world that is no more/ })

  const json = await infrakit(['deployment', 'scale', 'shop', '+1', '--json'])
  const reports = json.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { State: string })
  t.match(reports.at(-1), { Kind: 'scale', State: 'succeeded', Scale: 3 })

  const canary = ['deploy', file, '--set', 'says=3', '--strategy', 'canary', '--steps', '50%', '--manual', '--detach']
  t.match(await infrakit(canary), { code: 0, stdout: /^shop-4 has begun: release 3 of shop\n/ })
  const watched = async () => {
    const { stdout } = await infrakit(['deployment', 'describe', 'shop'])
    return stdout.includes('> watch 50%') ? stdout : undefined
  }
  const live = await waitUntil('the canary to wait', watched, 60_000)
  t.match(live, /shop-2 \(green\): 50% of the requests, 3 healthy/)
  t.match(live, /shop-3: 50% of the requests, 3 healthy/)
  t.match(await infrakit(['deploy', file]), { code: 1, stderr: /shop-4 \(deploy of release 3\) goes on since/ })
  const aborted = await infrakit(['deployment', 'abort', 'shop', '--reason', 'a whim'])
  t.match(aborted, {
    code: 0,
    stdout: /shop: release 2 \(green, 3 instances\) is active; release 3 was taken back: aborted: a whim\.\n$/,
  })

  const back = await infrakit(['deployment', 'rollback', 'shop', '--now'])
  t.match(back, { code: 0, stdout: /shop: release 1 \(blue, 2 instances\) is active\.\n$/ }, back.stderr)
  const history = await infrakit(['deployment', 'history', 'shop'])
  t.match(history.stdout, /shop-5 +rollback +1 +blue-green +succeeded/)
  t.match(history.stdout, /shop-4 +deploy +3 +canary +reverted .* aborted: a whim/)
  t.match(await infrakit(['deployment', 'logs', 'shop', 'shop-4']), { stdout: /failed: aborted: a whim/ })
  t.match(await infrakit(['deployment', 'ls']), { stdout: /shop +1 +blue +2 +idle/ })
  t.match(await infrakit(['__complete', 'deployment', 'rollback', '']), { stdout: 'shop\n' })
  t.match(await infrakit(['deployment', 'promote', 'shop']), { code: 1, stderr: /no deployment of 'shop' goes on/ })
  const toBeRemoved = await infrakit(['deployment', 'remove', 'shop', '--pretend'])
  t.match(toBeRemoved.stdout, /^remove of shop: release 1 .*\n  record +Record that there is no shop any more\n/)
  const removed = await infrakit(['deployment', 'remove', 'shop'])
  t.match(removed, { code: 0, stdout: /\nretire: done\nshop: no release is active\.\n$/ }, removed.stderr)
  t.match(await infrakit(['deployment', 'ls', '--json']), { stdout: '[]\n' })
  t.match(await infrakit(['deployment', 'history', 'shop']), { stdout: /shop-6 +remove +1 .* succeeded/ })
  t.match(await infrakit(['deployment', 'rollback', 'shop']), { code: 1, stderr: /Service 'shop' has no release/ })
  t.match(await infrakit(['deployment', 'unlock', 'shop']), { code: 0, stdout: 'shop is not locked\n' })
  t.match(await infrakit(['deploy', join(world.home, 'nowhere.json')]), { code: 2, stderr: /nowhere\.json/ })
  await writeFile(file, JSON.stringify({ ...world.spec(1), Srevice: 'x' }))
  t.match(await infrakit(['deploy', file]), {
    code: 2,
    stderr: /shop\.json.*Srevice: unknown key, did you mean 'Service'\?/,
  })
})

t.test('a deployment outlives the command that began it', async (t) => {
  const world = await createDeploymentWorld(t)
  const file = join(world.home, 'shop.json')
  await writeFile(file, JSON.stringify(world.spec(1)))
  const env = { INFRAKIT_HOME: world.home, INFRAKIT_PLUGINS_DIR: join(world.home, 'plugins') }
  const command = startProcess(t, program, ['deploy', file], env)
  await waitUntil('it to begin', () => command.output().includes('start: Make 2 instances'), 60_000)
  await command.end('SIGKILL')
  t.notMatch(command.output(), 'is active')
  t.match(await world.ended('shop-1'), { State: 'succeeded', Release: 1 })
})
