import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { readEnvFiles } from '../src/env-files.js'

t.test('lines of several files, the last of which wins', async (t) => {
  const folder = await temporaryFolder(t)
  const [first, second] = [join(folder, 'a'), join(folder, 'b')]
  await writeFile(first, '# of both\nA=1\nB="two words"\n')
  await writeFile(second, 'export A=2\nC=\n')
  t.same(await readEnvFiles([first, second]), { A: '2', B: 'two words', C: '' })
  t.same(await readEnvFiles([]), {})
})

t.test('a file that is not there, and one by a path of nobody knows where', async (t) => {
  const missing = join(await temporaryFolder(t), 'missing')
  await t.rejects(readEnvFiles([missing]), {
    kind: 'input',
    message: /cannot read .*missing/,
    path: 'Properties.env_file',
  })
  await t.rejects(readEnvFiles(['app.env']), { kind: 'input', message: /not an absolute path/ })
})
