import type { Teardown } from './folder.js'

/** What of node:test's context is needed. */
export interface NodeTestContext {
  after(fn: () => unknown): unknown
}

/** Lets helpers be used with node:test: what they began last is ended first, as tap does, and node:test does not. */
export function teardownOf(t: NodeTestContext): Teardown {
  const ends: (() => unknown)[] = []
  t.after(async () => {
    for (let end = ends.pop(); end; end = ends.pop()) await end()
  })
  return { teardown: (fn) => ends.push(fn) }
}
