import { spawn, type ChildProcess } from 'node:child_process'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Teardown } from '@infrakit/testing'

/** Spawns a script with a port, in a process group of its own and with nobody at its output; killed with `t`. */
export function spawnServer(t: Teardown, argv: readonly [string, ...string[]], port: number): ChildProcess {
  const [program, ...args] = argv
  const env = { PATH: process.env['PATH'], PORT: String(port) }
  const child = spawn(program, args, { env, stdio: 'ignore', detached: true })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

function isWell(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, path: '/health', agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    asked.on('error', () => resolve(false))
    asked.end()
  })
}

/** Asks every so often (ms) until it is well. */
export async function untilWell(port: number, everyMs: number): Promise<void> {
  while (!(await isWell(port))) await sleep(everyMs)
}
