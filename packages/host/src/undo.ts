/** What is to be undone at the end, newest first. */
export interface Undo {
  add(step: () => Promise<void>): void
  /** Does every step, also when one fails, and then throws the first failure. Later calls wait for the first one. */
  run(): Promise<void>
}

export function createUndo(): Undo {
  const steps: (() => Promise<void>)[] = []
  let running: Promise<void> | undefined

  async function all(): Promise<void> {
    const failures: unknown[] = []
    for (const step of steps.reverse()) await step().catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }

  return { add: (step) => void steps.push(step), run: () => (running ??= all()) }
}
