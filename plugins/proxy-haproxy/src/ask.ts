import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { InfrakitError, messageOf } from '@infrakit/spi'

const timeoutMs = 10_000
/** Longer lines are cut by HAProxy. */
const longestLine = 8000

/** Sends one line to a socket of HAProxy and answers with all it says. Throws `unavailable` or `timeout`. */
export function ask(socket: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket)
    const parts: Buffer[] = []
    const fail = (kind: 'unavailable' | 'timeout', words: string, cause?: unknown) => {
      connection.destroy()
      reject(new InfrakitError(kind, `asking HAProxy at ${socket}: ${words}`, { cause }))
    }
    connection.setTimeout(timeoutMs, () => fail('timeout', `no answer within ${timeoutMs / 1000} s`))
    connection.on('error', (error) => fail('unavailable', messageOf(error), error))
    connection.on('data', (part: Buffer) => parts.push(part))
    connection.on('close', () => resolve(Buffer.concat(parts).toString()))
    // Half closed: the socket of a master waits for more otherwise.
    connection.end(`${line}\n`)
  })
}

/** Sends commands in their order, as few lines as possible. Throws as `ask`. */
export async function askAll(socket: string, commands: readonly string[]): Promise<string> {
  let answer = ''
  for (let at = 0; at < commands.length;) {
    let line = commands[at++] ?? ''
    for (
      let next = commands[at];
      next !== undefined && line.length + next.length < longestLine;
      next = commands[++at]
    ) {
      line += `;${next}`
    }
    answer += await ask(socket, line)
  }
  return answer
}

/** Tries again what failed because HAProxy is being started or reloaded; for so long (ms). */
export async function patiently<T>(patience: number, work: () => Promise<T>): Promise<T> {
  const end = performance.now() + patience
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (performance.now() > end) throw error
      await sleep(20)
    }
  }
}
