import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'

/** Longest time between creating the lock file and writing the pid into it, in milliseconds. */
const graceMs = 5000

/** @param {number} ms */
function sleep(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** @param {string} path */
function tryAcquire(path) {
  try {
    const file = openSync(path, 'wx')
    writeSync(file, String(process.pid))
    closeSync(file)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/**
 * Who holds the lock: a pid, 0 while it is being written, -1 when nobody will ever write it.
 *
 * @param {string} path
 */
function holder(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'))
    if (pid > 0) return pid
    return Date.now() - statSync(path).mtimeMs < graceMs ? 0 : -1
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Takes the lock of a dead process away. Another one may have done so and locked meanwhile: its lock is put back.
 *
 * @param {string} path
 * @param {number} dead
 */
function takeAway(path, dead) {
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
    if (holder(aside) !== dead) linkSync(aside, path)
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

/**
 * Runs `work` while holding the lock file; a process that died with it does not block anybody.
 *
 * @param {string} path
 * @param {() => void} work
 * @param {(pid: number) => void} onWait called once when another process holds it
 */
export function withLock(path, work, onWait) {
  let waited = false
  while (!tryAcquire(path)) {
    const pid = holder(path)
    if (pid === undefined) continue
    if (pid === -1 || (pid > 0 && !isAlive(pid))) {
      takeAway(path, pid)
      continue
    }
    if (!waited && pid > 0) {
      onWait(pid)
      waited = true
    }
    sleep(100)
  }
  try {
    work()
  } finally {
    rmSync(path, { force: true })
  }
}
