/** The Docker engine of this machine, and swarm mode in it. */
import { spawn } from 'node:child_process'
import { mkdirSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isThere, run, succeeds } from './shell.js'

/** Where it is noted what was started here; gone with the next boot, as are the processes. */
const notes = '/run/infrakit-services'
const engineNote = join(notes, 'engine.pid')
const swarmNote = join(notes, 'swarm')
const log = join(notes, 'engine.log')

const patienceMs = 60_000

const answers = () => succeeds(['docker', 'version'])

/** @param {string} path */
function readNote(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** @param {number} pid */
function isDockerd(pid) {
  return readNote(`/proc/${pid}/cmdline`)?.split('\0')[0]?.endsWith('dockerd') ?? false
}

async function startEngine() {
  mkdirSync(notes, { recursive: true })
  const out = openSync(log, 'a')
  const daemon = spawn('dockerd', [], { detached: true, stdio: ['ignore', out, out] })
  closeSync(out)
  daemon.on('error', () => undefined)
  daemon.unref()
  writeFileSync(engineNote, String(daemon.pid))
  const end = performance.now() + patienceMs
  while (!answers()) {
    if (daemon.exitCode !== null || performance.now() > end) {
      const words = (readNote(log) ?? '').trim().split('\n').slice(-3).join('\n')
      throw new Error(`dockerd does not answer; the end of ${log} is:\n${words}`)
    }
    await sleep(100)
  }
}

async function stopEngine() {
  const pid = Number(readNote(engineNote))
  rmSync(engineNote, { force: true })
  if (!(pid > 0) || !isDockerd(pid)) return false
  process.kill(pid, 'SIGTERM')
  const end = performance.now() + patienceMs
  while (isDockerd(pid)) {
    if (performance.now() > end) throw new Error(`dockerd (${pid}) does not end`)
    await sleep(100)
  }
  return true
}

/** @type {import('./list.js').Service} */
export const engine = {
  name: 'docker',
  for: 'instances that are containers',
  debian: ['docker.io', 'iptables'],
  isThere: () => answers() || isThere('dockerd'),
  isRunning: answers,
  start: startEngine,
  stop: stopEngine,
}

/** @type {import('./list.js').Service} */
export const swarm = {
  name: 'swarm',
  for: 'instances and clusters of Docker Swarm',
  isThere: () => true,
  isRunning: () => answers() && run(['docker', 'info', '--format', '{{.Swarm.ControlAvailable}}']).trim() === 'true',
  async start() {
    run(['docker', 'swarm', 'init', '--advertise-addr', '127.0.0.1'])
    writeFileSync(swarmNote, '')
  },
  async stop() {
    const ours = readNote(swarmNote) !== undefined
    rmSync(swarmNote, { force: true })
    if (!ours || !answers()) return false
    run(['docker', 'swarm', 'leave', '--force'])
    return true
  },
}
