import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { Overlay } from '../src/overlay.js'

t.test('what is noted outlives the plugin, and goes with the container', async (t) => {
  const dir = await temporaryFolder(t)
  const overlay = await Overlay.open(dir)
  await Promise.all([overlay.label('a', { x: '1' }), overlay.label('a', { y: '2' }), overlay.park('a', true)])
  const again = await Overlay.open(dir)
  t.same(again.tags('a', { x: '0', z: '3' }), { x: '1', y: '2', z: '3' })
  t.equal(again.parked('a'), true)
  await again.park('a', false)
  t.equal(again.parked('a'), false)
  await again.forget('a')
  await again.forget('a')
  const last = await Overlay.open(dir)
  t.same(last.tags('a', { x: '0' }), { x: '0' })
})

t.test(
  'what was under way when the plugin was killed is known afterwards, until it is said how it ended',
  async (t) => {
    const dir = await temporaryFolder(t)
    const overlay = await Overlay.open(dir)
    await overlay.park('a', true)
    await overlay.start('a')
    await overlay.label('b', { x: '1' })
    await overlay.destroy('b')
    await overlay.destroy('nothing is noted of it')
    const again = await Overlay.open(dir)
    t.same([again.starting('a'), again.parked('a')], [true, true])
    t.same(again.destroying(), ['b'])
    await again.park('a', false)
    await again.forget('b')
    const last = await Overlay.open(dir)
    t.same([last.starting('a'), last.parked('a')], [false, false])
    t.same(last.destroying(), [])
  },
)

t.test('a note that makes no sense is an error, and not an empty one', async (t) => {
  const dir = await temporaryFolder(t)
  await (await Overlay.open(dir)).park('a', true)
  const [file] = execFileSync('ls', [dir], { encoding: 'utf8' }).split('\n')
  await writeFile(join(dir, file ?? ''), '{"Tags":1}')
  await t.rejects(Overlay.open(dir), { name: 'StoreError' })
})

const mountable = process.getuid?.() === 0

t.test('a full disk: nothing has changed', { skip: mountable ? false : 'needs root, to mount a tmpfs' }, async (t) => {
  const dir = await temporaryFolder(t)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'infrakit-test', dir])
  t.teardown(() => execFileSync('umount', [dir]))
  const overlay = await Overlay.open(dir)
  await overlay.label('a', { x: '1' })
  await t.rejects(overlay.label('a', { x: '2'.repeat(100_000) }), { name: 'StoreError', code: 'ENOSPC' })
  t.same(overlay.tags('a', {}), { x: '1' })
  t.same((await Overlay.open(dir)).tags('a', {}), { x: '1' })
})
