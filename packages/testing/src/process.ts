import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { plantedEnvironment, searchForCanary } from './canary.js'
import type { Teardown } from './folder.js'

export interface StartedProcess {
  readonly child: ChildProcess
  readonly pid: number
  /** All it wrote so far, standard output and error mixed. */
  output(): string
  /** Sends a signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Its end, once its last words are in `output` too. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/** Words that are on their way come at once; a child of the process that holds its output may keep it open for ever. */
const lastWordsMs = 2_000

/**
 * Runs a Node script as a child process; it is killed when the test is over, should it still run.
 *
 * @param enter what a command line begins with to run in another place, and which gives way to it (`exec`)
 */
export function startProcess(
  t: Teardown,
  script: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
  enter: readonly string[] = [],
): StartedProcess {
  const [program = '', ...rest] = [...enter, process.execPath, script, ...args]
  const child = spawn(program, rest, {
    env: plantedEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  const closed = new Promise((resolve) => child.once('close', resolve))
  const exited = once(child, 'exit').then(async ([code, signal]) => {
    await Promise.race([closed, sleep(lastWordsMs, undefined, { ref: false })])
    return { code: code as number | null, signal: signal as NodeJS.Signals | null }
  })
  const running = () => child.exitCode === null && child.signalCode === null
  async function end(signal: NodeJS.Signals = 'SIGTERM') {
    if (running()) child.kill(signal)
    return exited
  }
  child.once('close', () => searchForCanary(output, [script, ...args].join(' ')))
  t.teardown(() => end('SIGKILL'))
  return { child, pid: child.pid ?? -1, output: () => output, end, exited }
}
