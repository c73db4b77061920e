import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { createHome } from './plugin-authors/home.js'
import { createPackage } from './plugin-new/package.js'

t.test('an instance plugin as it was made', { timeout: 300_000 }, async (t) => {
  const home = await createHome(t)
  const made = await createPackage(home, 'instance', 'my-cloud')
  await t.resolves(made.compile(), 'it compiles')
  t.match(await made.test(), /# fail 0/, 'its own tests pass')

  const machines = join(home.folder, 'machines')
  await home.infrakit('plugin', 'start', 'group', 'flavor-vanilla')
  await home.infrakit('plugin', 'start', made.executable, '--', '--dir', machines)
  const verified = home.infrakit('plugin', 'verify', 'my-cloud', '--properties', join(made.folder, 'properties.json'))
  await t.resolves(verified, 'it keeps every promise')
  t.same(await readdir(machines), [], 'and is left as it was')

  const images = async () => {
    const files = (await readdir(machines)).filter((name) => name.endsWith('.json'))
    const texts = await Promise.all(files.map((name) => readFile(join(machines, name), 'utf8')))
    return texts.map((text) => (JSON.parse(text) as { Properties: { Image: string } }).Properties.Image)
  }
  const example = join(made.folder, 'example.yml')
  await home.infrakit('group', 'update', example)
  t.same(await images(), ['debian-12', 'debian-12'], 'the example converges')

  const [lost = ''] = await readdir(machines)
  await rm(join(machines, lost))
  await waitUntil('another machine', async () => (await images()).length === 2, 40_000)
  t.notOk((await readdir(machines)).includes(lost), 'what was lost is replaced by another')

  const text = await readFile(example, 'utf8')
  await writeFile(example, text.replace('debian-12', 'debian-13'))
  await home.infrakit('group', 'update', example)
  t.same(await images(), ['debian-13', 'debian-13'], 'an update replaces both')

  await writeFile(example, text.replace('debian-12', "''"))
  const { code, stderr } = await home.attempt('group', 'commit', example)
  t.equal(code, 2, 'a wrong property is refused')
  t.match(stderr, /example\.yml: Properties\.Instance\.Properties\.Image: must not be empty/, 'with its path')

  await home.infrakit('group', 'destroy', '--wait', 'my-cloud-example')
  t.same(await images(), [], 'all are destroyed')
})
