import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { alive, createOwnWorld, pidOf, writePlugin } from '../../support/script-plugin.js'

t.test('stop ends exactly the process that serves', async (t) => {
  const world = await createOwnWorld(t)

  await t.test('one that somebody started by hand', async (t) => {
    const child = spawn(process.execPath, [await writePlugin(world, 'hand')], { env: world.env, stdio: 'ignore' })
    t.teardown(() => child.kill('SIGKILL'))
    await waitUntil('it to answer', () => pidOf(world, 'hand'))
    t.match(await world.infrakit(['plugin', 'restart', 'hand']), { code: 1, stderr: /was not started by/ })
    t.match(await world.infrakit(['plugin', 'stop', 'hand']), { code: 0, stdout: `Stopped hand (pid ${child.pid})\n` })
    await waitUntil('its end', () => child.exitCode !== null)
  })

  await t.test('a pid file that names somebody else ends nobody', async (t) => {
    const bystander = spawn('sleep', ['60'])
    t.teardown(() => bystander.kill('SIGKILL'))
    await world.serve('fake', [])
    await writeFile(join(world.pluginsDir, 'fake.pid'), String(bystander.pid))
    const { code, stderr } = await world.infrakit(['plugin', 'stop', 'fake'])
    t.equal(code, 1)
    t.match(
      stderr,
      `which process is fake cannot be told: pid ${bystander.pid} of its pid file does not hold its socket`,
    )
    t.equal(bystander.exitCode, null)
    t.ok(alive(bystander.pid))
  })

  await t.test('a pid that somebody else got after a crash is left alone', async (t) => {
    await world.infrakit(['plugin', 'start', await writePlugin(world, 'mine')])
    const pid = await pidOf(world, 'mine')
    process.kill(pid, 'SIGKILL')
    await waitUntil('its end', () => !alive(pid))
    const bystander = spawn('sleep', ['60'])
    t.teardown(() => bystander.kill('SIGKILL'))
    const file = join(world.home, 'run', 'mine.json')
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll(`"pid":${pid}`, `"pid":${bystander.pid}`))
    await writeFile(join(world.pluginsDir, 'mine.pid'), String(bystander.pid))
    t.match(await world.infrakit(['plugin', 'stop', 'mine']), { code: 0, stdout: 'mine is not running\n' })
    t.ok(alive(bystander.pid))
  })

  await t.test('one that does not end is ended by force only when asked to', async (t) => {
    await world.infrakit(['plugin', 'start', await writePlugin(world, 'deaf', { deaf: true })])
    const pid = await pidOf(world, 'deaf')
    const { code, stderr } = await world.infrakit(['plugin', 'stop', '--timeout', '100ms', 'deaf'])
    t.equal(code, 1)
    t.match(
      stderr,
      `deaf (pid ${pid}) did not end within 100ms\nhint: end it by force: infrakit plugin stop --kill deaf`,
    )
    t.ok(alive(pid))
    t.match(await world.infrakit(['plugin', 'stop', '--kill', '--timeout', '100ms', 'deaf']), { code: 0 })
    t.notOk(alive(pid))
  })

  await t.test('usage', async (t) => {
    t.match(await world.infrakit(['plugin', 'stop']), { code: 2, stderr: /which plugin\?/ })
    t.match(await world.infrakit(['plugin', 'stop', '--all', 'x']), { code: 2, stderr: /exclude each other/ })
  })
})
