import type { Test } from 'tap'
import { conforms, verifyPlugin, type Report, type VerifyOptions } from '../../src/conformance/index.js'
import type { BrokenPlugin } from './plugins.js'

/** Long enough for what happens at once in memory, short enough for what never does. */
const patienceMs = 2000

export function verify(options: Omit<VerifyOptions, 'name'>): Promise<Report> {
  return verifyPlugin({ name: 'mini', patienceMs, quietMs: 20, ...options })
}

/** The promises with that outcome. */
export function named(report: Report, outcome: string): string[] {
  const chosen = report.verdicts.filter((one) => one.outcome === outcome)
  return chosen.map((one) => `${one.interface}: ${one.promise}`)
}

/** A plugin that is right keeps every promise that the suite has for these interfaces, and nothing is left in it. */
export async function assertKept(t: Test, options: Omit<VerifyOptions, 'name'>, exceptions: string[]): Promise<void> {
  const report = await verify(options)
  t.same(named(report, 'broken'), [], 'nothing is broken')
  t.same(named(report, 'not applicable'), exceptions, 'all else applies')
  t.same(report.leftovers, [], 'nothing is left')
  t.ok(conforms(report), 'it conforms')
}

/** Each plugin is rejected by exactly the promise that it breaks, with the request that showed it. */
export async function assertRejected(t: Test, plugins: readonly BrokenPlugin[]): Promise<void> {
  // Most of the time they are only waited for.
  t.jobs = 4
  for (const { what, breaks, plugin } of plugins) {
    void t.test(what, async (t) => {
      const report = await verify(plugin())
      t.same(named(report, 'broken'), [breaks])
      const shown = report.verdicts.find((one) => one.outcome === 'broken')?.shown ?? []
      t.ok(shown.length > 0 && shown.every((one) => one.request !== ''), 'with the request that showed it')
      t.notOk(conforms(report))
    })
  }
}
