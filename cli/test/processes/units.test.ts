import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { systemdUnit } from '../../src/processes/units.js'

async function unit(t: { teardown(fn: () => unknown): unknown }, file: string, args: string[], user?: string) {
  const executable = join(await temporaryFolder(t), file)
  await writeFile(executable, '')
  const launch = { name: 'mine', pluginsDir: '/p', executable, args, cwd: '/work dir', log: '' }
  return { executable, text: systemdUnit(launch, { home: '/home/x y', node: '/usr/bin/node', user }) }
}

t.test('a plugin of ours is run by the Node that runs us', async (t) => {
  const { executable, text } = await unit(t, 'plugin.js', ['--dir', './a b'])
  t.match(text, `ExecStart=/usr/bin/node ${executable} --dir "./a b"\n`)
  t.match(text, 'Environment="INFRAKIT_HOME=/home/x y" INFRAKIT_PLUGINS_DIR=/p\n')
  t.match(text, 'Restart=always\n')
  t.match(text, 'WantedBy=default.target')
  t.notMatch(text, 'User=')
})

t.test('other executables are run as they are, with what systemd would change escaped', async (t) => {
  const { executable, text } = await unit(t, 'plugin.py', ['100%', '$HOME', '"q"', 'back\\slash'], 'infrakit')
  t.match(text, `ExecStart=${executable} 100%% "$$HOME" "\\"q\\"" "back\\\\slash"\n`)
  t.match(text, 'User=infrakit\n')
  t.match(text, 'WantedBy=multi-user.target')
})
