import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { rejection, temporaryFolder, type Teardown } from '@infrakit/testing'
import { docker, inspect, needsDocker, testImage } from '@infrakit/testing/engine'
import t from 'tap'
import { serve, waits } from './support.js'

/** Mounts a file system that is soon full over a folder; `undefined` without the right to. */
function smallDisk(t: Teardown, dir: string): { fill(): void; free(): void } | undefined {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=700', 'infrakit-test', dir], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  t.teardown(() => execFileSync('umount', ['-l', dir]))
  const ballast = join(dir, '.ballast')
  function fill(): void {
    const file = openSync(ballast, 'a')
    try {
      for (;;) writeSync(file, Buffer.alloc(4096, 'x'))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    } finally {
      closeSync(file)
    }
  }
  return { fill, free: () => rmSync(ballast) }
}

t.test(
  'disk full: what must be remembered is refused with advice and has not happened; the rest works',
  needsDocker,
  async (t) => {
    const home = await temporaryFolder(t)
    const disk = smallDisk(t, join(home, 'state'))
    if (!disk) return t.pass('needs the right to mount')
    const { make, instance, lifecycle, describe, ids, containers, again } = await serve(t, { home })
    const properties = { image: testImage('busybox'), command: waits }
    const [id, parked] = [await make(properties, { Tags: { tier: 'a' } }), await make(properties)]
    const doomed = await make(properties)
    await lifecycle.stop({ Instance: parked })
    disk.fill()
    const full = { kind: 'plugin-failed', message: /ENOSPC|no space/i, hint: /space/ }
    t.match(await rejection(instance.label({ Instance: id, Labels: { tier: 'b' } })), full)
    t.same((await describe(id))?.Tags, { tier: 'a' })
    t.match(await rejection(lifecycle.stop({ Instance: id })), full)
    t.equal(inspect(id).State.Status, 'running', 'what could not be noted was not stopped')
    t.match(await rejection(make(properties)), full)
    t.equal(containers().length, 3, 'what could not be noted was not begun')
    docker('kill', doomed)
    await instance.destroy({ Instance: doomed })
    t.same(await ids(), [id, parked].sort())
    t.match(await describe(parked), { State: 'stopped' })
    disk.free()
    await instance.label({ Instance: id, Labels: { tier: 'b' } })
    const next = await again()
    t.match(await next.describe(id), { Tags: { tier: 'b' }, State: undefined })
    t.match(await next.describe(parked), { State: 'stopped' })
  },
)
