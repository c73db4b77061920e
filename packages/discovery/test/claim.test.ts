import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { rejection, temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { InfrakitError } from '@infrakit/spi'
import { claimSocket, listPlugins, probe } from '../src/index.js'
import { runFixture } from './support.js'

const root = process.getuid?.() === 0

/** Binds as the claim asks for; the server is closed when the test is over. */
function binder(t: { teardown(fn: () => unknown): unknown }) {
  const server = createServer()
  t.teardown(() => server.close())
  return async (path: string): Promise<Server> => {
    server.listen(path)
    await once(server, 'listening')
    return server
  }
}

async function newFolder(t: { teardown(fn: () => unknown): unknown }): Promise<string> {
  return join(await temporaryFolder(t), 'p')
}

t.test('claims, serves, releases: folder 0700, socket 0600, pid file; afterwards nothing is left', async (t) => {
  const dir = await newFolder(t)
  const claim = await claimSocket(dir, 'x')
  await claim.serve(binder(t))
  t.equal(claim.path, join(dir, 'x'))
  t.equal(statSync(dir).mode & 0o777, 0o700)
  t.equal(statSync(claim.path).mode & 0o777, 0o600)
  t.equal(readFileSync(join(dir, 'x.pid'), 'utf8'), String(process.pid))
  t.equal(await probe({ path: claim.path }), 'alive')
  t.same((await readdir(dir)).sort(), ['x', 'x.pid'])
  t.same((await readdir(join(dir, '..'))).sort(), ['.p.x.lock', 'p'])
  await claim.release()
  await claim.release()
  t.same(await readdir(dir), [])
  t.same(await readdir(join(dir, '..')), ['p'])
})

t.test('a living twin is not disturbed: conflict, naming its pid and what to do', async (t) => {
  const dir = await newFolder(t)
  const twin = runFixture(t, 'serve', [dir, 'x'])
  await twin.says('serving')
  t.match(await rejection(claimSocket(dir, 'x')), {
    kind: 'conflict',
    message: `plugin 'x' is already running: process ${twin.pid}`,
    hint: new RegExp(`kill ${twin.pid}.*--name`),
  })
  t.equal(await probe({ path: join(dir, 'x') }), 'alive')
})

t.test(
  'a twin of another implementation, which knows nothing of locks, is told by its socket and pid file',
  async (t) => {
    const dir = await temporaryFolder(t)
    await binder(t)(join(dir, 'x'))
    t.match(await rejection(claimSocket(dir, 'x')), { kind: 'conflict', message: `somebody serves ${join(dir, 'x')}` })
    writeFileSync(join(dir, 'x.pid'), String(process.pid))
    t.match(await rejection(claimSocket(dir, 'x')), { kind: 'conflict', message: `process ${process.pid}` })
    await claimSocket(dir, 'y').then((claim) => claim.release())
  },
)

t.test('a twin that was stopped (SIGSTOP) is alive', async (t) => {
  const dir = await newFolder(t)
  const twin = runFixture(t, 'serve', [dir, 'x'])
  await twin.says('serving')
  process.kill(twin.pid, 'SIGSTOP')
  t.match(await rejection(claimSocket(dir, 'x')), { kind: 'conflict', message: `process ${twin.pid}` })
})

t.test('a killed twin leaves a stale socket, which is taken over', async (t) => {
  const dir = await newFolder(t)
  const twin = runFixture(t, 'serve', [dir, 'x'])
  await twin.says('serving')
  await twin.kill()
  t.equal(await probe({ path: join(dir, 'x') }), 'dead')
  const next = runFixture(t, 'serve', [dir, 'x'])
  await next.says('serving')
  t.equal(await probe({ path: join(dir, 'x') }), 'alive')
  t.same(
    (await listPlugins(dir)).map(({ name, pid }) => [name, pid]),
    [['x', next.pid]],
  )
  t.equal(readFileSync(join(dir, 'x.pid'), 'utf8'), String(next.pid))
})

t.test('a stale socket without any lock or pid file is taken over', async (t) => {
  const dir = await newFolder(t)
  const twin = runFixture(t, 'serve', [dir, 'x'])
  await twin.says('serving')
  await twin.kill()
  await rm(join(dir, '..', '.p.x.lock'))
  await rm(join(dir, 'x.pid'))
  const claim = await claimSocket(dir, 'x')
  await claim.serve(binder(t))
  t.equal(await probe({ path: claim.path }), 'alive')
  await claim.release()
})

t.test('a twin that is ending is waited for', async (t) => {
  const dir = await newFolder(t)
  const twin = runFixture(t, 'serve', [dir, 'x'])
  await twin.says('serving')
  process.kill(twin.pid, 'SIGUSR2')
  await twin.says('deaf')
  const next = claimSocket(dir, 'x', { waitMs: 60_000 })
  process.kill(twin.pid, 'SIGTERM')
  await (await next).release()
})

t.test('one that neither serves nor ends is named', async (t) => {
  const dir = await newFolder(t)
  const twin = runFixture(t, 'serve', [dir, 'x'])
  await twin.says('serving')
  process.kill(twin.pid, 'SIGUSR2')
  await twin.says('deaf')
  t.match(await rejection(claimSocket(dir, 'x', { waitMs: 50 })), {
    kind: 'conflict',
    message: new RegExp(`process ${twin.pid} has the name`),
    hint: /kill/,
  })
})

t.test('two of one name at once, over a stale socket: exactly one serves, 20 rounds', async (t) => {
  const dir = await newFolder(t)
  for (let round = 0; round < 20; round++) {
    const pair = [0, 1].map(() => runFixture(t, 'serve', [dir, 'x']))
    const outcome = (child: (typeof pair)[number]) =>
      Promise.race([child.says('serving').then(() => 'serves'), child.says('refused conflict').then(() => 'refused')])
    const outcomes = await Promise.all(pair.map(outcome))
    t.same(outcomes.toSorted(), ['refused', 'serves'], `round ${round}`)
    const winner = pair[outcomes.indexOf('serves')]
    t.equal((await listPlugins(dir))[0]?.pid, winner?.pid)
    t.match(pair[outcomes.indexOf('refused')]?.output(), `process ${winner?.pid}`)
    await Promise.all(pair.map((child) => child.kill()))
  }
})

t.test('control: two that look, remove and bind without a lock both serve', async (t) => {
  const dir = await temporaryFolder(t)
  const pair = [0, 1].map(() => runFixture(t, 'serve', [dir, 'x', 'naive']))
  await Promise.all(pair.map((child) => child.says('looked')))
  for (const child of pair) {
    child.tell('go')
    await child.says('serving')
  }
})

t.test('releasing removes our own files only: a foreign socket and pid file stay', async (t) => {
  const dir = await newFolder(t)
  const claim = await claimSocket(dir, 'x')
  await claim.serve(binder(t))
  unlinkSync(claim.path)
  await binder(t)(claim.path)
  writeFileSync(join(dir, 'x.pid'), '4711')
  await claim.release()
  t.equal(await probe({ path: claim.path }), 'alive')
  t.equal(readFileSync(join(dir, 'x.pid'), 'utf8'), '4711')
})

t.test('closing the server does not remove the socket of a successor', async (t) => {
  const dir = await newFolder(t)
  const claim = await claimSocket(dir, 'x')
  const server = createServer()
  await claim.serve(async (path) => once(server.listen(path), 'listening'))
  unlinkSync(claim.path)
  await binder(t)(claim.path)
  server.close()
  await once(server, 'close')
  t.equal(await probe({ path: claim.path }), 'alive')
  await claim.release()
})

t.test('a plugin on TCP: .listen and pid file; a twin is refused; afterwards nothing is left', async (t) => {
  const dir = await newFolder(t)
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const claim = await claimSocket(dir, 'x')
  await claim.announce(`tcp://127.0.0.1:${port}`)
  t.match(await listPlugins(dir), [{ name: 'x', listen: `tcp://127.0.0.1:${port}`, pid: process.pid }])
  t.match(await rejection(claimSocket(dir, 'x')), { kind: 'conflict', message: `process ${process.pid}` })
  await claim.release()
  t.same(await readdir(dir), [])
})

t.test('changing from TCP to a socket and back leaves no stale announcement', async (t) => {
  const dir = await temporaryFolder(t)
  writeFileSync(join(dir, 'x.listen'), 'tcp://127.0.0.1:1')
  const first = await claimSocket(dir, 'x')
  await first.serve(binder(t))
  t.same((await readdir(dir)).sort(), ['.x.lock', 'x', 'x.pid'])
  await first.release()
})

t.test('something that is no socket is not removed', async (t) => {
  const dir = await temporaryFolder(t)
  writeFileSync(join(dir, 'x'), 'precious')
  t.match(await rejection(claimSocket(dir, 'x')), { kind: 'conflict', message: /not a socket/, hint: /Move/ })
  t.equal(readFileSync(join(dir, 'x'), 'utf8'), 'precious')
})

t.test('binding fails: the error says what, the name is free again, nothing is left', async (t) => {
  const dir = await newFolder(t)
  const claim = await claimSocket(dir, 'x')
  t.match(await rejection(claim.serve(() => Promise.reject(new Error('no luck')))), {
    kind: 'unavailable',
    message: `cannot serve ${join(dir, 'x')}: no luck`,
  })
  await claim.release()
  await claimSocket(dir, 'x').then((next) => next.release())
  t.same(await readdir(dir), [])
})

t.test('names that cannot be a socket are refused', async (t) => {
  const dir = await newFolder(t)
  for (const name of ['', '.', '..', 'a/b', 'a/', '../x', '.x', 'x.pid', 'x.listen', 'x.lock']) {
    t.match(await rejection(claimSocket(dir, name)), { kind: 'input' }, name)
  }
})

t.test('a path that is too long is refused: error says how long, and what to do; 103 bytes are possible', async (t) => {
  const folder = await temporaryFolder(t)
  const dir = (bytes: number) => join(folder, 'd'.repeat(bytes - folder.length - '//abcde'.length))
  const claim = await claimSocket(dir(103), 'abcde')
  t.equal(claim.path.length, 103)
  await claim.serve(binder(t))
  t.equal(await probe({ path: claim.path }), 'alive')
  await claim.release()
  t.match(await rejection(claimSocket(dir(104), 'abcde')), {
    kind: 'input',
    message: /104 bytes; 103/,
    hint: /shorter/,
  })
})

t.test('a folder that everybody may write to is refused, one that others may read is not', async (t) => {
  const dir = await temporaryFolder(t)
  chmodSync(dir, 0o777)
  t.match(await rejection(claimSocket(dir, 'x')), {
    kind: 'input',
    message: /writable for everybody/,
    hint: /chmod 700/,
  })
  chmodSync(dir, 0o755)
  const claim = await claimSocket(dir, 'x')
  await claim.serve(binder(t))
  t.equal(statSync(claim.path).mode & 0o777, 0o600)
  await claim.release()
})

t.test(
  'a folder of another user is refused',
  { skip: root ? false : 'needs root to give a folder away' },
  async (t) => {
    const dir = await temporaryFolder(t)
    chownSync(dir, 65534, 65534)
    t.match(await rejection(claimSocket(dir, 'x')), {
      kind: 'input',
      message: /uid 65534, not 0/,
      hint: /--plugins-dir/,
    })
  },
)

t.test('a file in place of the folder is refused', async (t) => {
  const dir = join(await temporaryFolder(t), 'f')
  writeFileSync(dir, '')
  t.match(await rejection(claimSocket(dir, 'x')), { kind: 'input', message: dir })
})

t.test(
  'where the parent of the folder is not writable, the lock is inside',
  { skip: !root && 'needs root' },
  async (t) => {
    const parent = await temporaryFolder(t)
    chmodSync(parent, 0o755)
    const dir = join(parent, 'p')
    mkdirSync(dir, { mode: 0o700 })
    chownSync(dir, 65534, 65534)
    const child = runFixture(t, 'serve', [dir, 'x'], { uid: 65534 })
    await child.says('serving')
    t.same((await readdir(dir)).sort(), ['.x.lock', 'x', 'x.pid'])
    t.same(await readdir(parent), ['p'])
    const twin = runFixture(t, 'serve', [dir, 'x'], { uid: 65534 })
    await twin.says(`refused conflict: plugin 'x' is already running: process ${child.pid}`)
  },
)

t.test('where everybody may write to the parent of the folder, the lock is inside', async (t) => {
  const parent = await temporaryFolder(t)
  chmodSync(parent, 0o1777)
  const dir = join(parent, 'p')
  const claim = await claimSocket(dir, 'x')
  t.same(await readdir(parent), ['p'])
  t.same(await readdir(dir), ['.x.lock'])
  await claim.release()
  t.same(await readdir(dir), [])
})

t.test('a lock file that is none is named', async (t) => {
  const dir = await newFolder(t)
  symlinkSync('nonsense', join(dir, '..', '.p.x.lock'))
  const error = await rejection(claimSocket(dir, 'x'))
  t.ok(error instanceof InfrakitError)
  t.match(error, { kind: 'input', message: /not a lock file/, hint: /Move/ })
})
