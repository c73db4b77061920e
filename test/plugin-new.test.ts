import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { createHome } from './plugin-authors/home.js'

t.test('no hole of a template is left', async (t) => {
  const home = await createHome(t)
  for (const kind of ['instance', 'flavor']) {
    const shown = await home.infrakit('plugin', 'new', kind, `a-${kind}`, '--json')
    const { folder, files } = JSON.parse(shown) as { folder: string; files: string[] }
    t.ok(files.length > 10, `${files.length} files of a ${kind}`)
    for (const file of files) t.notMatch(await readFile(join(folder, file), 'utf8'), /\{\{\w+\}\}/, file)
  }
})

t.test('what is refused, and leaves everything as it was', async (t) => {
  const home = await createHome(t)
  const folder = await temporaryFolder(t)
  const full = join(folder, 'full')
  await mkdir(full)
  await writeFile(join(full, 'mine.txt'), 'mine')
  await writeFile(join(folder, 'file'), '')
  const cases: [what: string, args: string[], code: number, message: RegExp][] = [
    [
      'a kind that there is not',
      ['group', 'my-cloud'],
      2,
      /no template for a plugin of the kind 'group'[^]*instance, flavor/,
    ],
    ['capital letters', ['instance', 'MyCloud'], 2, /'MyCloud' cannot be the name of a plugin[^]*small letters/],
    ['a path', ['instance', '../my-cloud'], 2, /cannot be the name/],
    ['a space', ['instance', 'my cloud'], 2, /cannot be the name/],
    ['a hyphen at the end', ['instance', 'my-'], 2, /cannot be the name/],
    ['no name', ['instance', ''], 2, /cannot be the name/],
    ['a very long name', ['instance', 'a'.repeat(41)], 2, /too long: it has 41 characters/],
    ['a folder that is not empty', ['instance', 'my-cloud', '--dir', full], 1, /full is there already, and not empty/],
    ['a file in the place', ['instance', 'my-cloud', '--dir', join(folder, 'file')], 1, /file is there already/],
    [
      'a folder that cannot be made',
      ['instance', 'my-cloud', '--dir', '/proc/my-cloud'],
      2,
      /cannot make the folder \/proc/,
    ],
    ['one below a file', ['instance', 'my-cloud', '--dir', join(folder, 'file', 'x')], 2, /cannot make the folder/],
  ]
  for (const [what, args, code, message] of cases) {
    const ended = await home.attempt('plugin', 'new', ...args)
    t.equal(ended.code, code, what)
    t.match(ended.stderr, message, what)
    t.equal(ended.stdout, '', what)
  }
  t.same((await readdir(folder)).sort(), ['file', 'full'], 'nothing was left half made')
  t.same(await readdir(full), ['mine.txt'], 'and nothing was touched')
  t.notOk((await readdir(home.folder)).some((name) => name.includes('cloud')))
})

t.test('an empty folder is filled', async (t) => {
  const home = await createHome(t)
  const empty = join(home.folder, 'empty')
  await mkdir(empty)
  const { files } = JSON.parse(await home.infrakit('plugin', 'new', 'flavor', 'mine', '--dir', empty, '--json')) as {
    files: string[]
  }
  t.ok(files.includes('src/plugin.ts'))
  t.ok((await readdir(empty)).includes('.gitignore'))
})
