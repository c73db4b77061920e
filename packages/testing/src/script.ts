import { spawn, type ChildProcess } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { searchForCanary } from './canary.js'
import type { Teardown } from './folder.js'

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

/**
 * Runs a Node script as a process that can be talked to, under another user or limits if asked; it is killed when the
 * test is over.
 */
export function runScript(t: Teardown, script: URL, args: readonly string[], options: ChildOptions = {}): Child {
  // The test runner's preloads would take part: they turn a signal for a limit into an exit.
  const line = `unset NODE_OPTIONS; ${options.before ?? ':'}; exec "$@"`
  const command = ['-c', line, 'sh', process.execPath, fileURLToPath(script), ...args]
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
    searchForCanary(output, command.slice(4).join(' '))
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
