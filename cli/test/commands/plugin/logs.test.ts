import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { createOwnWorld, writePlugin } from '../../support/script-plugin.js'

t.test('logs', async (t) => {
  const world = await createOwnWorld(t)
  t.match(await world.infrakit(['plugin', 'logs', 'none']), { code: 1, stderr: /there is no log of none/ })
  const path = await writePlugin(world, 'mine')
  await world.infrakit(['plugin', 'start', path])
  t.same(JSON.parse((await world.infrakit(['plugin', 'logs', 'mine', '--json'])).stdout), ['arguments: ', 'serving'])
  const follow = world.begin(['plugin', 'logs', '-f', '-n', '1', 'mine'])
  await waitUntil('what is there', () => follow.output().stdout === 'serving\n')
  await world.infrakit(['plugin', 'restart', 'mine'])
  await waitUntil('what comes', () => follow.output().stdout === 'serving\narguments: \nserving\n')
  follow.kill('SIGINT')
  await follow.ended
})
