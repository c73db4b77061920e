import t from 'tap'
import { createOwnWorld, writePlugin } from '../../support/script-plugin.js'

t.test('units', async (t) => {
  const world = await createOwnWorld(t)
  t.match(await world.infrakit(['plugin', 'units']), { code: 1, stderr: /no plugin runs/ })
  const path = await writePlugin(world, 'mine')
  await world.infrakit(['plugin', 'start', path, '--', '--dir', './x y'])
  const { stdout } = await world.infrakit(['plugin', 'units'])
  t.match(stdout, /^# infrakit-mine\.service\n\[Unit\]\n/)
  t.match(stdout, `${path} --dir "./x y"\nWorkingDirectory=${world.home}\n`)
  const named = await world.infrakit(['plugin', 'units', '--json', 'group', 'instance-file'])
  t.match(JSON.parse(named.stdout), [
    { name: 'infrakit-group.service', unit: /^ExecStart=.*node \/.*infrakit-group-default\.js$/m },
    { name: 'infrakit-instance-file.service' },
  ])
})
