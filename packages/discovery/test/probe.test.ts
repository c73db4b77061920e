import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { probe } from '../src/index.js'
import { runFixture } from './support.js'

t.test('alive, dead, absent', async (t) => {
  const folder = await temporaryFolder(t)
  const child = runFixture(t, 'serve', [folder, 'x'])
  await child.says('serving')
  t.equal(await probe({ path: join(folder, 'x') }), 'alive')
  await child.kill()
  t.equal(await probe({ path: join(folder, 'x') }), 'dead')
  t.equal(await probe({ path: join(folder, 'y') }), 'absent')
})

t.test('a plain file is not alive', async (t) => {
  const path = join(await temporaryFolder(t), 'f')
  await writeFile(path, '')
  t.not(await probe({ path }).catch(() => 'unknown'), 'alive')
})

t.test('TCP: alive and dead', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  t.equal(await probe({ host: '127.0.0.1', port }), 'alive')
  server.close()
  await once(server, 'close')
  t.equal(await probe({ host: '127.0.0.1', port }), 'dead')
})
