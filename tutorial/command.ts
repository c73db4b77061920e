import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Surroundings {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Ends the command early; one that starts plugins is waited for, so that none is lost sight of. */
  readonly signal?: AbortSignal
  /** The status with which it has to end; default 0. */
  readonly status?: number
}

/**
 * Runs a command; what it writes is passed on as it comes. It runs in a process group of its own: Ctrl-C is for the tour,
 * which ends it in an orderly way. Throws when it ends otherwise than it should, or was interrupted.
 */
export async function runCommand(
  argv: readonly string[],
  { cwd, env, signal, status = 0 }: Surroundings,
): Promise<void> {
  const [file = '', ...args] = argv
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.on('data', (chunk: Buffer) => process.stdout.write(chunk))
  child.stderr.on('data', (chunk: Buffer) => process.stdout.write(chunk))
  const interrupt = () => {
    if (!args.includes('start')) child.kill('SIGTERM')
  }
  signal?.addEventListener('abort', interrupt)
  const [code, ended] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  signal?.removeEventListener('abort', interrupt)
  signal?.throwIfAborted()
  if (code !== status)
    throw new Error(`'${['infrakit', ...args.slice(1)].join(' ')}' ended with ${ended ?? `status ${code}`}`)
}
