import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { plantedEnvironment, searchForCanary } from './canary.js'
import type { Teardown } from './folder.js'

export interface StartedProcess {
  readonly child: ChildProcess
  readonly pid: number
  /** All it wrote so far, standard output and error mixed. */
  output(): string
  /** Sends a signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/** Runs a Node script as a child process; it is killed when the test is over, should it still run. */
export function startProcess(
  t: Teardown,
  script: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): StartedProcess {
  const child = spawn(process.execPath, [script, ...args], {
    env: plantedEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  const exited = once(child, 'exit').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }))
  const running = () => child.exitCode === null && child.signalCode === null
  async function end(signal: NodeJS.Signals = 'SIGTERM') {
    if (running()) child.kill(signal)
    return exited
  }
  child.once('close', () => searchForCanary(output, [script, ...args].join(' ')))
  t.teardown(() => end('SIGKILL'))
  return { child, pid: child.pid ?? -1, output: () => output, end, exited }
}
