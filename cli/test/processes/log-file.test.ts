import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { tailLog } from '../../src/processes/log-file.js'

t.test('the last lines of a log', async (t) => {
  const path = join(await temporaryFolder(t), 'x.log')
  t.same(await tailLog(path, 5), { lines: [], end: 0 }, 'none when there is no log')
  await writeFile(path, 'one\ntwo\nthree\n')
  t.same(await tailLog(path, 2), { lines: ['two', 'three'], end: 14 })
  t.same(await tailLog(path, 0), { lines: [], end: 14 })
  t.same((await tailLog(path, 100)).lines, ['one', 'two', 'three'])
  await appendFile(path, 'four')
  t.same(await tailLog(path, 100, 14), { lines: ['four'], end: 18 }, 'from where it was before')
})
