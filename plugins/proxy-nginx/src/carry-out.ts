import type { Listens } from './listens.js'
import type { ListenPlan } from './plan.js'

export type Complain = (of: string, what: string, error: unknown) => void

/** Does all of a plan, or what was there before serves on. */
export async function carryOut(listens: Listens, plan: ListenPlan, complain: Complain): Promise<void> {
  const undo: (() => Promise<void>)[] = []
  const start = async (...[key, listening, routes]: Parameters<Listens['start']>) => {
    await listens.start(key, listening, routes)
    undo.push(() => listens.stop(key))
  }
  try {
    for (const { key, listening, routes } of plan.start) await start(key, listening, routes)
    for (const { key, routes } of plan.apply) {
      const before = listens.get(key)?.routes ?? []
      undo.push(() => listens.apply(key, before))
      await listens.apply(key, routes)
    }
    for (const { key, listening, routes } of plan.restart) {
      const before = listens.get(key)
      await listens.stop(key)
      if (before) undo.push(() => listens.start(key, before.listening, before.routes))
      await start(key, listening, routes)
    }
  } catch (error) {
    for (const step of undo.reverse()) {
      await step().catch((again: unknown) => complain('', 'cannot go back to what was before', again))
    }
    throw error
  }
  for (const key of plan.stop) await listens.stop(key)
}

/** When the plugin starts, one that cannot be started now must take nobody else down: it is tried again. */
export async function carryOutWhatCan(
  listens: Listens,
  { start, apply, restart, stop }: ListenPlan,
  complain: Complain,
): Promise<void> {
  for (const key of [...stop, ...restart.map((step) => step.key)]) await listens.stop(key)
  for (const { key, listening, routes } of [...start, ...restart]) listens.expect(key, listening, routes)
  for (const { key, routes } of [...start, ...restart, ...apply]) {
    await listens.apply(key, routes).catch((error: unknown) => {
      // One that runs and refuses is no matter of time.
      if (listens.get(key)?.nginx) throw error
      complain(key, 'nginx cannot be started, and is tried again', error)
    })
  }
}
