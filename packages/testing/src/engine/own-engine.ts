import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder, type Teardown } from '../folder.js'
import { waitUntil } from '../wait.js'
import { unique } from './docker.js'

export interface OwnEngine {
  readonly path: string
  /** Its network namespace, as `ip netns` calls it. */
  readonly namespace: string
  start(): Promise<void>
  /** SIGTERM, which ends its containers, or SIGKILL, which leaves them. */
  end(signal: NodeJS.Signals): Promise<void>
  /** It does nothing any more, and answers nothing, until it goes on. */
  pause(): void
  goOn(): void
}

/** Whether a process was told to end by a signal; it may also have ended before. */
function signalled(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

/**
 * Ends the containerd that an engine started and waits until it is gone: the system ends it with a killed engine, but a
 * little later, and an engine that finds it there still waits for it for ever.
 */
async function endContainerd(folder: string): Promise<void> {
  const file = join(folder, 'exec/containerd/containerd.pid')
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  if (pid > 0 && signalled(pid, 'SIGKILL')) await waitUntil('the end of containerd', () => !signalled(pid, 0))
}

/** Those of an engine that keep its containers, and the containers' own. */
function shimsOf(folder: string): number[] {
  const shims = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && procFile(pid, 'cmdline').includes(`${folder}/exec/containerd/`))
  return shims.flatMap((pid) => [...procFile(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number), pid])
}

function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    // Gone meanwhile.
    return ''
  }
}

/** Ends the containers that outlived their engine: one with --live-restore, or one that was killed. */
async function endContainers(folder: string): Promise<void> {
  const left = shimsOf(folder)
  for (const pid of left) signalled(pid, 'SIGKILL')
  await waitUntil('the end of the containers', () => shimsOf(folder).length === 0)
}

/** Takes away the mounts that an engine leaves below a folder. */
function unmountAll(folder: string): void {
  const ours = mountPoints().filter((path) => path.startsWith(`${folder}/`))
  for (const path of ours.reverse()) execFileSync('umount', ['--lazy', path])
}

const mountPoints = () =>
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')

/**
 * Where mounts of a machine are private, an engine mounts its data on themselves, and takes that away as it ends. A container that
 * is being started just then stays mounted, and the next engine mounts its data above it: nobody could remove that container.
 */
function unmountMissed(data: string): void {
  if (!mountPoints().includes(data)) unmountAll(data)
}

/** Engines before 23 take their ID from a key of the machine, which all would share: options for one of its own. */
function keyOptions(folder: string): string[] {
  const [, major] = /version (\d+)\./.exec(execFileSync('dockerd', ['--version'], { encoding: 'utf8' })) ?? []
  if (Number(major) >= 23) return []
  const file = join(folder, 'daemon.json')
  writeFileSync(file, JSON.stringify({ 'deprecated-key-path': join(folder, 'key.json') }))
  return ['--config-file', file]
}

export interface OwnEngineOptions {
  /** More options of dockerd: with `--live-restore` its containers outlive it. */
  readonly args?: readonly string[]
  /** Whether containers get addresses and ports; without it they have the networks `host` and `none` only. */
  readonly networks?: boolean
  /** By which swarms call its node; default that of the machine. */
  readonly hostname?: string
}

/**
 * An engine of a test's own, in a network namespace of its own since it would rewrite the firewall of another one in the
 * same; ended and removed with the test. Needs root.
 */
export async function ownEngine(
  t: Teardown,
  { args: more = [], networks = false, hostname }: OwnEngineOptions = {},
): Promise<OwnEngine> {
  const folder = await temporaryFolder(t)
  const namespace = unique('ns')
  execFileSync('ip', ['netns', 'add', namespace])
  t.teardown(() => execFileSync('ip', ['netns', 'del', namespace]))
  const path = join(folder, 'docker.sock')
  const data = join(folder, 'data')
  let daemon: ChildProcess | undefined
  let log = ''

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = daemon
    daemon = undefined
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return
    const exited = once(ending, 'exit')
    ending.kill(signal)
    // One that is paused is told to end only when it goes on.
    ending.kill('SIGCONT')
    await exited
    if (signal === 'SIGKILL') await endContainerd(folder)
    else unmountMissed(data)
  }

  async function start(): Promise<void> {
    const folders = ['--data-root', data, '--exec-root', join(folder, 'exec')]
    const sockets = ['-H', `unix://${path}`, '-p', join(folder, 'docker.pid')]
    const key = keyOptions(folder)
    const isolated = networks ? [] : ['--bridge', 'none', '--iptables=false']
    const args = [`--net=/run/netns/${namespace}`, 'dockerd', ...folders, ...sockets, ...key, ...isolated, ...more]
    // All of these become the engine, one after the other: the pid is the engine's.
    const named = ['--uts', 'sh', '-c', `hostname "$0" && exec nsenter "$@"`, hostname ?? '', ...args]
    const [program, given] = hostname === undefined ? ['nsenter', args] : ['unshare', named]
    const started = spawn(program, given, { stdio: ['ignore', 'ignore', 'pipe'] })
    started.stderr.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-4000)))
    daemon = started
    await waitUntil(
      'the engine',
      () => {
        if (started.exitCode !== null) throw new Error(`the engine ended: ${log}`)
        return log.includes('API listen on')
      },
      60_000,
    )
    log = ''
  }

  t.teardown(async () => {
    await end('SIGTERM')
    await endContainers(folder)
    unmountAll(folder)
  })
  return {
    path,
    namespace,
    start,
    end,
    pause: () => void daemon?.kill('SIGSTOP'),
    goOn: () => void daemon?.kill('SIGCONT'),
  }
}
