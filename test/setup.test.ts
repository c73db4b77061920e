import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import t from 'tap'
import { miniature } from './setup/miniature.js'

const nothing = { code: 0, said: '' }

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

t.test('a fresh clone is installed and built, once', async (t) => {
  const clone = await miniature(t)
  const first = await clone.setup()
  t.equal(first.code, 0, first.said)
  t.match(first.said, /^setup: installing packages from package-lock.json$/m)
  t.match(first.said, /^setup: building$/m)
  t.ok(await exists(clone.path('node_modules/typescript')))
  t.equal(await readFile(clone.path('part/dist/src/one.js'), 'utf8'), 'one')

  t.same(await clone.setup(), nothing, 'then there is nothing to say')
  t.equal(await clone.compilations(), 1)
  t.notOk(await exists(clone.path('.setup.lock')), 'no lock is left')
})

t.test('a changed source is built', async (t) => {
  const clone = await miniature(t)
  await clone.setup()
  await clone.write('part/src/one.ts', 'changed')
  t.same(await clone.setup(), { code: 0, said: 'setup: building\n' })
  t.equal(await readFile(clone.path('part/dist/src/one.js'), 'utf8'), 'changed')
})

t.test('what was compiled from a source that is gone goes', async (t) => {
  const clone = await miniature(t)
  await clone.write('part/src/two.ts', 'two')
  await clone.setup()
  await clone.remove('part/src/two.ts')
  t.match((await clone.setup()).said, /removed 1 compiled files whose source is gone/)
  t.notOk(await exists(clone.path('part/dist/src/two.js')))
  await clone.write('part/dist/src/stray.js', 'left by a hand')
  t.same(await clone.setup(), { code: 0, said: 'setup: removed 1 compiled files whose source is gone\n' })
})

t.test('a deleted output is built again', async (t) => {
  const clone = await miniature(t)
  await clone.setup()
  await clone.remove('part/dist')
  t.same(await clone.setup(), { code: 0, said: 'setup: building\n' })
  t.ok(await exists(clone.path('part/dist/src/one.js')))
})

t.test('removed packages are installed again', async (t) => {
  const clone = await miniature(t)
  await clone.setup()
  await clone.remove('node_modules')
  t.match((await clone.setup()).said, /installing packages/)
  t.ok(await exists(clone.path('node_modules/typescript')))
})

t.test('a changed lockfile that asks for nothing else installs nothing', async (t) => {
  const clone = await miniature(t)
  await clone.setup()
  await clone.changeLockfile()
  t.notMatch((await clone.setup()).said, /installing/)
})

t.test('a lockfile that asks for one package more is installed', async (t) => {
  const clone = await miniature(t)
  await clone.setup()
  await clone.changeLockfile('other')
  t.match((await clone.setup()).said, /installing packages/)
  t.ok(await exists(clone.path('node_modules/other')))
})

t.test('what does not compile fails, says why, and is tried again', async (t) => {
  const clone = await miniature(t)
  await clone.write('part/src/two.ts', 'error')
  for (const attempt of ['first', 'second']) {
    const { code, said } = await clone.setup()
    t.equal(code, 1, attempt)
    t.match(said, /two.ts: it does not compile/)
    t.match(said, /setup: the build failed; see above/)
  }
  t.notOk(await exists(clone.path('.setup.lock')), 'no lock is left')
})

t.test('two at once do the work once', async (t) => {
  const clone = await miniature(t)
  const both = await Promise.all([clone.setup(), clone.setup()])
  t.same(
    both.map(({ code }) => code),
    [0, 0],
  )
  t.equal(await clone.compilations(), 1)
})

t.test('the lock of a dead process blocks nobody', async (t) => {
  const clone = await miniature(t)
  const dead = spawn(process.execPath, ['-e', ''])
  await once(dead, 'exit')
  await clone.write('.setup.lock', String(dead.pid))
  t.equal((await clone.setup()).code, 0)
  t.notOk(await exists(clone.path('.setup.lock')))
})
