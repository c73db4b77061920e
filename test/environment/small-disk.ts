import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { waitUntil, type Teardown } from '@infrakit/testing'
import type { Test } from 'tap'

/** A file system of its own that is soon full. */
export interface SmallDisk {
  readonly dir: string
  /** Takes every block that is left, but for so many. */
  fill(spared?: number): void
  /** Gives back what `fill` took. */
  free(): void
  readOnly(): Promise<void>
  writable(): Promise<void>
}

const block = Buffer.alloc(4096, 'x')

/** Mounts one over a folder, which is made; unmounted when the test is over. */
export function mountSmallDisk(t: Teardown, dir: string, kilobytes = 512): SmallDisk {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k,mode=700`, 'infrakit-test', dir])
  t.teardown(() => execFileSync('umount', ['-l', dir]))
  const ballast = join(dir, '.ballast')

  function fill(spared = 0): void {
    const file = openSync(ballast, 'a')
    try {
      for (;;) writeSync(file, block)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    } finally {
      closeSync(file)
    }
    truncateSync(ballast, statSync(ballast).size - spared * block.length)
  }

  /** Refused for as long as somebody has a file open for writing. */
  const remount = (how: string) =>
    waitUntil(`${dir} to be mounted ${how}`, () => {
      const { status, stderr } = spawnSync('mount', ['-o', `remount,bind,${how}`, dir], { encoding: 'utf8' })
      if (status !== 0) throw new Error(stderr)
      return true
    })

  return {
    dir,
    fill,
    free: () => rmSync(ballast),
    readOnly: async () => void (await remount('ro')),
    writable: async () => void (await remount('rw')),
  }
}

/**
 * Runs the cases of a test file that mounts: here if that is allowed, else once more in a namespace where it is. Where
 * there is none to be had they are skipped, and say so.
 *
 * @param url of the test file
 */
export function whereMountsAreAllowed(t: Test, url: string, cases: () => void): void {
  const namespace = ['-Urm', '--kill-child']
  if (succeeds('unshare', ['-m', 'mount', '-t', 'tmpfs', 'infrakit-test', '/mnt'])) cases()
  else if (succeeds('unshare', [...namespace, 'mount', '-t', 'tmpfs', 'infrakit-test', '/mnt'])) {
    void t.spawn(
      'unshare',
      [...namespace, process.execPath, fileURLToPath(url)],
      'in a namespace where mounts are allowed',
    )
  } else {
    t.test('small disks', { skip: 'needs root, or namespaces of users (unshare -Urm), to mount one' }, async () => {})
  }
}

function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}
