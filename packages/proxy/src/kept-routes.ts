import type { AppliedRoute } from '@infrakit/spi'
import { routeSchema } from '@infrakit/spi/schemas'
import { openStore, type Store } from '@infrakit/store'
import { join } from 'node:path'
import { z } from 'zod'

const appliedSchema: z.ZodType<AppliedRoute> = z.strictObject({
  Route: routeSchema,
  Version: z.int().positive(),
  Drained: z.array(z.string()),
})

/** A route on disk. Which of the two is live is not known after a crash; both may serve. */
const keptSchema = z.strictObject({
  /** What is live; null: nothing was. */
  Now: appliedSchema.nullable(),
  /** What is being made instead; null: it is being removed. */
  Next: appliedSchema.nullable().optional(),
})
export type KeptRoute = z.output<typeof keptSchema>

/** The routes as they are to be, durably, each in a file of its own: a change costs the same among 10 and 1000. */
export interface KeptRoutes {
  /** As they were when it was opened. */
  readonly found: ReadonlyMap<string, KeptRoute>
  /** Of all routes that ever were. */
  readonly highestVersion: number
  write(name: string, route: KeptRoute): Promise<void>
  remove(name: string, version: number): Promise<void>
}

/** Throws `StoreError`, naming the file, rather than go on without what cannot be read. */
export async function openKeptRoutes(dir: string): Promise<KeptRoutes> {
  const store: Store<KeptRoute> = await openStore(join(dir, 'routes'), { check: (value) => keptSchema.parse(value) })
  const removed: Store<number> = await openStore(join(dir, 'removed'), { check: (value) => z.int().parse(value) })
  const found = new Map<string, KeptRoute>()
  for (const name of await store.keys()) {
    const kept = await store.read(name)
    if (kept) found.set(name, kept)
  }
  const versions = [...found.values()].flatMap(({ Now, Next }) => [Now?.Version ?? 0, Next?.Version ?? 0])
  const highestVersion = Math.max((await removed.read('version')) ?? 0, ...versions)
  return {
    found,
    highestVersion,
    write: (name, route) => store.write(name, route),
    async remove(name, version) {
      // First: a route of the same name must not begin again with the versions of this one.
      await removed.write('version', version)
      await store.remove(name)
    },
  }
}
