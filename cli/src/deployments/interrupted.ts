import { messageOf, type Deployment } from '@infrakit/spi'
import type { Context } from '../context.js'

/**
 * Asks on a terminal whether the deployment shall be taken back, or go on without being watched. Elsewhere nobody can be
 * asked: it goes on.
 */
export async function askWhatToDo(
  context: Context,
  deployment: Deployment,
  Service: string,
  id: string,
): Promise<'detach' | 'watch'> {
  const answer = process.stdin.isTTY ? await ask(`abort ${id}, detach from it, or go on watching? [a/d/w] `) : 'd'
  if (answer.startsWith('a')) {
    try {
      await deployment.abort({ Service, Reason: 'by hand' })
    } catch (error) {
      context.note(messageOf(error))
    }
    return 'watch'
  }
  if (!answer.startsWith('d')) return 'watch'
  context.note(
    `${id} goes on. See it: infrakit deployment describe ${Service}. Take it back: infrakit deployment abort ${Service}`,
  )
  return 'detach'
}

async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  // A second Ctrl-C means: leave.
  const left = new Promise<string>((resolve) =>
    lines.once('SIGINT', () => resolve('d')).once('close', () => resolve('d')),
  )
  try {
    return (await Promise.race([lines.question(question), left])).trim().toLowerCase()
  } finally {
    lines.close()
  }
}
