import { execInContainer, type Engine } from '@infrakit/docker'
import { InfrakitError, type InstanceSpec } from '@infrakit/spi'
import { z } from 'zod'

const initModes = ['exec', 'ignore', 'error'] as const

/** Properties that say what becomes of a flavor's commands. */
export const initShape = {
  InitMode: z
    .enum(initModes)
    .nullish()
    .describe(
      'What becomes of commands of the flavor: run in the container once it has started (exec), left out (ignore), refused (error)',
    ),
  InitShell: z.array(z.string()).min(1).nullish().describe('What they are handed to; default /bin/sh -c'),
}

export interface InitChoice {
  readonly initMode: (typeof initModes)[number]
  /** argv, to which the script is added. */
  readonly initShell: readonly string[]
}

const defaultShell = ['/bin/sh', '-c'] as const

export function initChoice({
  InitMode,
  InitShell,
}: {
  InitMode?: (typeof initModes)[number] | null | undefined
  InitShell?: string[] | null | undefined
}): InitChoice {
  return { initMode: InitMode ?? 'exec', initShell: InitShell ?? defaultShell }
}

/** Lines of its output with which a failed script is told. */
const toldLines = 5

function lastLines(output: string): string {
  return output.trimEnd().split('\n').slice(-toldLines).join('\n')
}

/** Runs what the flavor asks for, once, in the container that has just started. Throws what it says when it fails. */
export async function runInit(
  engine: Engine,
  id: string,
  { initMode, initShell }: InitChoice,
  { Init }: Pick<InstanceSpec, 'Init'>,
): Promise<void> {
  if (!Init || initMode === 'ignore') return
  const [shell = ''] = initShell
  const { exitCode, stdout, stderr } = await execInContainer(engine, id, { command: [...initShell, Init] })
  if (exitCode === 0) return
  const said = lastLines(`${stdout}${stderr}`)
  if ((exitCode === 126 || exitCode === 127) && said.includes('exec failed')) {
    throw new InfrakitError('input', `the image has no shell ${shell} to run Init with`, {
      hint: 'Name one that it has in InitShell, or leave Init out with InitMode: ignore.',
    })
  }
  throw new InfrakitError('plugin-failed', `Init ended with exit code ${exitCode}: ${said}`)
}

/** Throws `input` where commands are given that are not to be. */
export function refuseInit({ initMode }: InitChoice, { Init }: Pick<InstanceSpec, 'Init'>): void {
  if (!Init || initMode !== 'error') return
  throw new InfrakitError('input', 'Spec.Init: there are commands to run, which InitMode: error refuses', {
    path: 'Spec.Init',
    hint: 'Put them into the image, or set InitMode to exec.',
  })
}
