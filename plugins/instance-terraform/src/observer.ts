import { shareRuns } from '@infrakit/store'
import type { Workshop } from './batch.js'
import { observe, resourcesOf, type Seen } from './state.js'

/** The instances as Terraform's state and their files have them at the moment. */
export interface Observer {
  /** Those that were made. Who asks while it is being looked gets the outcome of the next look. Throws `unavailable`. */
  look(): Promise<readonly Seen[]>
  /** Makes an instance, which is not there until then. */
  making(id: string, work: () => Promise<void>): Promise<void>
  /** Does not show these, until `showAll`. */
  hide(ids: readonly string[]): void
  showAll(): void
}

export function createObserver({ terraform, files }: Pick<Workshop, 'terraform' | 'files'>): Observer {
  let last: readonly Seen[] = []
  let hidden: readonly string[] = []
  const making = new Map<string, number>()
  const lookOnce = shareRuns(async () => {
    // In this order: what is made or removed in between is in both, or in none.
    const filed = await files.all()
    last = observe(resourcesOf(await terraform.show()), filed)
  })

  return {
    async look() {
      await lookOnce('')
      return last.filter(({ id, noted }) => (noted || !making.has(id)) && !hidden.includes(id))
    },
    async making(id, work) {
      making.set(id, (making.get(id) ?? 0) + 1)
      try {
        await work()
      } finally {
        const left = (making.get(id) ?? 1) - 1
        if (left === 0) making.delete(id)
        else making.set(id, left)
      }
    },
    hide: (ids) => void (hidden = ids),
    showAll: () => void (hidden = []),
  }
}
