import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createHome } from './plugin-authors/home.js'
import { createPackage } from './plugin-new/package.js'

t.test('a flavor as it was made', { timeout: 300_000 }, async (t) => {
  const home = await createHome(t)
  const made = await createPackage(home, 'flavor', 'my-service')
  await t.resolves(made.compile(), 'it compiles')
  t.match(await made.test(), /# fail 0/, 'its own tests pass')

  const instances = join(home.folder, 'instances')
  await home.infrakit('plugin', 'start', 'group', made.executable)
  await home.infrakit('plugin', 'start', 'instance-file', '--', '--dir', instances)
  await home.infrakit('group', 'update', join(made.folder, 'example.yml'))
  const files = (await readdir(instances)).filter((name) => name.startsWith('instance-'))
  t.equal(files.length, 2, 'the example converges')
  const [first = ''] = files
  t.match(await readFile(join(instances, first), 'utf8'), '"Init": "uptime"', 'its commands reach the instances')
})
