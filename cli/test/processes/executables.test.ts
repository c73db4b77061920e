import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder, type Teardown } from '@infrakit/testing'
import t from 'tap'
import { readWanted } from '../../src/processes/executables.js'

/** A PATH with executables of these names. */
async function path(t: Teardown, ...files: string[]) {
  const bin = join(await temporaryFolder(t), 'bin')
  await mkdir(bin)
  for (const file of files) {
    await writeFile(join(bin, file), '#!/bin/sh\n')
    await chmod(join(bin, file), 0o755)
  }
  return { bin, env: { PATH: bin } }
}

t.test('a short name is an executable of ours', async (t) => {
  const { bin, env } = await path(t, 'infrakit-special')
  const executable = join(bin, 'infrakit-special')
  t.same(readWanted('special', env), { name: 'special', executable, args: [] })
  t.same(readWanted('infrakit-special', env), { name: 'special', executable, args: [] }, 'its whole name')
  t.same(readWanted('blue=special', env), { name: 'blue', executable, args: ['--name', 'blue'] }, 'under another name')
})

t.test('group is infrakit-group-default', async (t) => {
  const { env } = await path(t, 'infrakit-group-default')
  t.match(readWanted('group', env), { name: 'group', executable: /infrakit-group-default$/, args: [] })
})

t.test('any executable by its path', async (t) => {
  const { bin, env } = await path(t, 'my-plugin.py')
  const executable = join(bin, 'my-plugin.py')
  t.same(readWanted(executable, env), { name: 'my-plugin', executable, args: [] })
  t.same(readWanted(`mine=${executable}`, env), { name: 'mine', executable, args: [] }, 'no flag that it may not know')
})

t.test('what cannot be started', async (t) => {
  const { bin, env } = await path(t, 'infrakit-special')
  t.throws(() => readWanted('speical', env), {
    kind: 'not-found',
    message: /no executable/,
    hint: "did you mean 'special'?",
  })
  t.throws(() => readWanted('qqqqqqqq', env), { kind: 'not-found', message: /no executable infrakit-qqqqqqqq/ })
  t.throws(() => readWanted(join(bin, 'none'), env), { kind: 'input', message: /no such file/ })
  await writeFile(join(bin, 'plain'), '')
  t.throws(() => readWanted(join(bin, 'plain'), env), { kind: 'input', message: /not executable/, hint: /chmod \+x/ })
})
