/**
 * `node scripts/leftovers.js NAME=VALUE` fails when a process whose environment has that entry does not end by itself,
 * names each, and ends it by its pid. Looks into /proc; elsewhere it finds nothing.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long processes that are just ending have for it. */
const graceMs = 3000

/** @param {number} pid @param {string} name */
function readProcFile(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8').split('\0')
  } catch {
    // Gone meanwhile, or somebody else's.
    return []
  }
}

/** @param {string} mark */
function marked(mark) {
  let entries
  try {
    entries = readdirSync('/proc')
  } catch {
    return []
  }
  return entries
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid)
    .filter((pid) => readProcFile(pid, 'environ').includes(mark))
}

const mark = process.argv[2]
if (!mark?.includes('=')) throw new Error('usage: node scripts/leftovers.js NAME=VALUE')
const end = performance.now() + graceMs
while (marked(mark).length > 0 && performance.now() < end) await sleep(100)
for (const pid of marked(mark)) {
  process.stdout.write(`still running: ${pid} ${readProcFile(pid, 'cmdline').join(' ')}\n`)
  process.exitCode = 1
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}
