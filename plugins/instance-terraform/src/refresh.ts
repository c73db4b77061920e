import { messageOf } from '@infrakit/spi'
import type { Workshop } from './batch.js'
import type { Change } from './changes.js'
import type { Queue } from './queue.js'
import { instanceIn, observe, resourcesOf } from './state.js'

interface Refreshing {
  readonly shop: Workshop
  readonly queue: Queue<Change>
  readonly changed: () => void
}

/** Has Terraform look from time to time whether the instances' resources still are what the state says. */
export function refreshEvery(interval: number, { shop, queue, changed }: Refreshing): { close(): void } {
  if (interval <= 0) return { close: () => undefined }
  let trouble = ''
  const timer = setInterval(() => {
    // Who changes something looks anyway.
    if (!queue.isIdle()) return
    queue
      .between(() => refresh(shop))
      .then(
        (news) => {
          trouble = ''
          if (news) changed()
        },
        (error: unknown) => {
          // What may come back each time is told once.
          const words = messageOf(error)
          if (words !== trouble)
            shop.log.warn({ error: words }, 'could not look whether resources are as the state has them')
          trouble = words
        },
      )
  }, interval).unref()
  return { close: () => clearInterval(timer) }
}

/** Brings the state up to date with what happened to the instances outside of Terraform. Gives whether there was anything. */
export async function refresh({ terraform, files, journal }: Workshop): Promise<boolean> {
  const state = resourcesOf(await terraform.show())
  const ids = new Set(observe(state, await files.all()).map(({ id }) => id))
  const targets = state.filter(({ name }) => ids.has(instanceIn(name) ?? '')).map(({ type, name }) => `${type}.${name}`)
  if (targets.length === 0) return false
  const plan = await terraform.plan([...new Set(targets)], { refreshOnly: true })
  if (plan.changes.length === 0) return false
  await terraform.apply(plan, (supervisor) => journal.write({ making: [], supervisor }))
  await journal.clear()
  return true
}
