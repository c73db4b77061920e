import type { Teardown } from '@infrakit/testing'

const signals = ['SIGINT', 'SIGTERM'] as const

/** Hands out a teardown and runs it when the work is over, last first, whatever came of the work; also on Ctrl-C. */
export async function withTeardown<T>(work: (t: Teardown) => Promise<T>): Promise<T> {
  const steps: (() => unknown)[] = []
  const undo = async () => {
    for (let step = steps.pop(); step; step = steps.pop()) await step()
  }
  const interrupted = () => void undo().finally(() => process.exit(1))
  for (const signal of signals) process.once(signal, interrupted)
  try {
    return await work({ teardown: (step) => steps.push(step) })
  } finally {
    await undo()
    for (const signal of signals) process.off(signal, interrupted)
  }
}
