import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { alive, createOwnWorld, pidOf, writePlugin } from '../../support/script-plugin.js'

t.test('--supervise', async (t) => {
  const world = await createOwnWorld(t)
  const path = await writePlugin(world, 'mine')
  t.match(await world.infrakit(['plugin', 'start', '--supervise', path, '--', '--dir', 'x']), {
    code: 0,
    stdout: /^Started mine/,
  })
  const first = await pidOf(world, 'mine')

  await t.test('it is started again when it dies', async (t) => {
    process.kill(first, 'SIGKILL')
    const second = await waitUntil('another one', async () => {
      const pid = await pidOf(world, 'mine')
      return pid !== first && pid
    })
    const { stdout } = await world.infrakit(['plugin', 'logs', 'mine'])
    t.match(stdout, 'supervisor: mine was ended by SIGKILL; starting it again in 200 ms\narguments: --dir x\n')
    process.kill(second, 'SIGTERM')
    await waitUntil('a third one', async () => ![first, second].includes(await pidOf(world, 'mine')))
    t.match(
      (await world.infrakit(['plugin', 'logs', 'mine'])).stdout,
      'mine ended with status 0; starting it again in 400 ms\n',
    )
  })

  await t.test('one that is between two lives is not started a second time', async (t) => {
    await world.infrakit(['plugin', 'stop', 'mine'])
    await world.infrakit(['plugin', 'start', '--supervise', path, '--', '--dir', 'x'])
    const { supervisor } = JSON.parse(await readFile(join(world.home, 'run', 'mine.json'), 'utf8')) as {
      supervisor: { pid: number }
    }
    // A supervisor that is stopped cannot be quick.
    process.kill(supervisor.pid, 'SIGSTOP')
    process.kill(await pidOf(world, 'mine'), 'SIGKILL')
    const { code, stderr } = await world.infrakit(['plugin', 'start', path])
    process.kill(supervisor.pid, 'SIGCONT')
    t.equal(code, 1)
    t.match(
      stderr,
      `mine has a supervisor (pid ${supervisor.pid}) and does not answer\nhint: infrakit plugin restart mine`,
    )
    await waitUntil('it to be started again', () => pidOf(world, 'mine'))
  })

  await t.test('restart keeps it supervised', async (t) => {
    const before = await pidOf(world, 'mine')
    t.match(await world.infrakit(['plugin', 'restart', 'mine']), { code: 0 })
    const after = await pidOf(world, 'mine')
    t.not(after, before)
    const record = JSON.parse(await readFile(join(world.home, 'run', 'mine.json'), 'utf8')) as {
      supervisor?: { pid: number }
    }
    t.ok(alive(record.supervisor?.pid))
  })

  await t.test('stop ends it, and its supervisor', async (t) => {
    const record = JSON.parse(await readFile(join(world.home, 'run', 'mine.json'), 'utf8')) as {
      supervisor: { pid: number }
    }
    const pid = await pidOf(world, 'mine')
    t.match(await world.infrakit(['plugin', 'stop', 'mine']), { code: 0, stdout: `Stopped mine (pid ${pid})\n` })
    t.notOk(alive(pid))
    t.notOk(alive(record.supervisor.pid))
    await t.rejects(readFile(join(world.home, 'run', 'mine.json')), { code: 'ENOENT', message: /no such file/ })
  })
})
