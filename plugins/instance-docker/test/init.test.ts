import { rejection, waitUntil } from '@infrakit/testing'
import { docker, needsDocker, testImage, unique } from '@infrakit/testing/engine'
import t, { type Test } from 'tap'
import { serve, sh, waits } from './support.js'

/** An image with one program in it, which runs for ever, and no shell. */
function withoutShell(t: Test): string {
  const name = `${unique('bare')}:1`
  const run = docker(
    'run',
    '-d',
    testImage('busybox'),
    'sh',
    '-c',
    'rm /bin/sh /bin/ash /bin/hush 2>/dev/null; exec sleep 1000',
  )
  docker('commit', '--change', 'CMD ["/bin/busybox", "sleep", "1000"]', run, name)
  docker('rm', '-f', run)
  t.teardown(() => docker('rmi', '-f', name))
  return name
}

t.test('Init runs once, after the start; who is told of the instance finds it done', needsDocker, async (t) => {
  const { make, list, shown, lifecycle } = await serve(t)
  const image = testImage('busybox')
  const seen: number[] = []
  const making = make(
    { image, command: waits, environment: { A: 'x' }, ports: [80] },
    { Init: 'sleep 1; echo "$A $(hostname)" >> /done' },
  )
  let over = false
  const watching = waitUntil(
    'the end',
    async () => {
      const shown = await list()
      if (!over) seen.push(shown.length)
      return over
    },
    60_000,
  )
  const id = await making.finally(() => (over = true))
  await watching
  t.ok(seen.length > 3, 'it was looked for meanwhile')
  t.ok(
    seen.slice(0, -1).every((count) => count === 0),
    'nothing of it, nor its endpoints, is shown before Init is done',
  )
  t.ok((await shown(id)).Endpoints.length > 0)
  t.equal(docker('exec', id, 'cat', '/done'), `x ${id}`)
  await lifecycle.stop({ Instance: id })
  await lifecycle.start({ Instance: id })
  t.equal(docker('exec', id, 'cat', '/done'), `x ${id}`, 'not again with the next start')
})

t.test('what becomes of Init', needsDocker, async (t) => {
  const { make, containers } = await serve(t)
  const image = testImage('busybox')
  const properties = { image, command: waits }
  const ignored = await make({ ...properties, InitMode: 'ignore' }, { Init: 'touch /done' })
  t.throws(() => docker('exec', ignored, 'cat', '/done'))
  t.match(await rejection(make({ ...properties, InitMode: 'error' }, { Init: 'true' })), {
    kind: 'input',
    message: /InitMode: error/,
  })
  const own = await make({ ...properties, InitShell: ['/bin/busybox', 'sh', '-ec'] }, { Init: 'false || touch /own' })
  t.equal(docker('exec', own, 'ls', '/own'), '/own')
  t.match(await rejection(make(properties, { Init: 'echo first; echo why >&2; exit 3' })), {
    kind: 'plugin-failed',
    message: /Init ended with exit code 3: .*why/s,
  })
  t.match(await rejection(make({ ...properties, InitShell: ['/bin/bash', '-c'] }, { Init: 'true' })), {
    kind: 'input',
    message: /has no shell \/bin\/bash/,
    hint: /InitShell/,
  })
  const bare = withoutShell(t)
  t.match(await rejection(make({ image: bare, init: true }, { Init: 'true' })), {
    kind: 'input',
    message: /has no shell \/bin\/sh/,
    hint: /InitMode: ignore/,
  })
  const gone = await rejection(make({ image, command: sh('exit 4') }, { Init: 'sleep 1' }))
  t.match(gone, { message: /\S/ })
  t.same(containers().length, 2, 'what failed left nothing')
})
