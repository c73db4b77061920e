import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { bootId } from '../src/boot-id.js'

t.test('the boot id is that of the kernel', async (t) => {
  const path = join(await temporaryFolder(t), 'boot_id')
  await writeFile(path, 'b0\n')
  t.equal(bootId(path), 'b0')
})

t.test('without one, no two processes count as the same boot', async (t) => {
  t.not(bootId('/nowhere'), bootId('/nowhere'))
})
