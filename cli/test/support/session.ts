import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { searchForCanary, type Teardown } from '@infrakit/testing'
import type { Result, World } from './infrakit.js'

const program = fileURLToPath(new URL('session-main.js', import.meta.url))

/**
 * Carries out command lines of `infrakit`, one after the other, in one process for all of them: most of what a command costs
 * is the start of its process. What it reads from standard input, and how it ends, is for `World.infrakit`.
 */
export function createSession(t: Teardown, { env, home }: World): (args: readonly string[]) => Promise<Result> {
  const child = fork(program, [], { cwd: home, env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  t.teardown(() => child.kill('SIGKILL'))
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the session has ended')))
  ended.catch(() => undefined)
  return async (args) => {
    child.send(args)
    const [result] = (await Promise.race([once(child, 'message'), ended])) as [Result]
    searchForCanary(result.stdout + result.stderr, `infrakit ${args.join(' ')}`)
    return result
  }
}
