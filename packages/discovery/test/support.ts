import { spawn, type ChildProcess } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Teardown {
  teardown(fn: () => unknown): unknown
}

/** This package stands below `testing`, so it brings its own few helpers. */
export async function temporaryFolder(t: Teardown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ik-'))
  t.teardown(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

export interface Child {
  readonly process: ChildProcess
  readonly pid: number
  output(): string
  /** Resolves once the output holds `text`; rejects when the child ends without it. */
  says(text: string): Promise<void>
  tell(line: string): void
  kill(): Promise<void>
  readonly exited: Promise<{ code: number | null; signal: string | null }>
}

export interface ChildOptions {
  readonly uid?: number
  /** A shell line that runs before the script, in the same process. */
  readonly before?: string
}

/** Runs a script of `fixtures` as a process of its own; it is killed when the test is over. */
export function runFixture(t: Teardown, name: string, args: readonly string[], options: ChildOptions = {}): Child {
  const script = fileURLToPath(new URL(`fixtures/${name}.js`, import.meta.url))
  // The test runner's preloads would take part: they turn a signal for a limit into an exit.
  const line = `unset NODE_OPTIONS; ${options.before ?? ':'}; exec "$@"`
  const command = ['-c', line, 'sh', process.execPath, script, ...args]
  const child = spawn('/bin/sh', command, options.uid ? { uid: options.uid } : {})
  const changed = new EventEmitter()
  let output = ''
  let gone = false
  const collect = (text: string) => {
    output += text
    changed.emit('change')
  }
  child.stdout.setEncoding('utf8').on('data', collect)
  child.stderr.setEncoding('utf8').on('data', collect)
  child.stdin.on('error', () => undefined)
  const exited = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as string | null,
  }))
  child.once('close', () => {
    gone = true
    changed.emit('change')
  })
  async function says(text: string): Promise<void> {
    while (!output.includes(text)) {
      if (gone) throw new Error(`ended without '${text}': ${output}`)
      await once(changed, 'change')
    }
  }
  async function kill(): Promise<void> {
    child.kill('SIGKILL')
    await exited
  }
  t.teardown(kill)
  const tell = (line: string) => void child.stdin.write(`${line}\n`)
  return { process: child, pid: child.pid ?? -1, output: () => output, says, tell, kill, exited }
}

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}
