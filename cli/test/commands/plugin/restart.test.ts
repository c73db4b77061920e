import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { alive, createOwnWorld, pidOf, writePlugin } from '../../support/script-plugin.js'

t.test('restart runs it as it was run', async (t) => {
  const world = await createOwnWorld(t)
  const path = await writePlugin(world, 'mine')
  await world.infrakit(['plugin', 'start', path, '--', '--dir', 'x'])
  const before = await pidOf(world, 'mine')
  t.match(await world.infrakit(['plugin', 'restart', 'mine']), { code: 0, stdout: /^Started mine/ })
  const after = await pidOf(world, 'mine')
  t.not(after, before)
  t.notOk(alive(before))
  t.match((await world.infrakit(['plugin', 'logs', '-n', '2', 'mine'])).stdout, /^arguments: --dir x\n/)
  process.kill(after, 'SIGKILL')
  await waitUntil('its end', () => !alive(after))
  t.match(await world.infrakit(['plugin', 'restart', 'mine']), { code: 0 }, 'also after a crash')
  t.match(await world.infrakit(['plugin', 'restart', 'none']), { code: 1, stderr: 'plugin not found:none' })
})
