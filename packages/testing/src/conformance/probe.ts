import { setTimeout as sleep } from 'node:timers/promises'
import type { Caller } from './caller.js'
import type { Facts } from './facts.js'
import type { Instances } from './instances.js'
import { BrokenPromise, NotApplicable, type Exchange } from './promise.js'

/** Names of the plugins that a group under test works with, and what they are told. */
export interface GroupParts {
  readonly instance: { readonly name: string; readonly properties: unknown }
  readonly flavor: { readonly name: string; readonly properties: unknown }
}

/** What a check gets to work with. */
export interface Probe {
  readonly plugin: Caller
  readonly facts: Facts
  /** Properties that the plugin accepts, as it was told by whoever runs the suite. */
  readonly properties: unknown
  /** The instances that the suite makes: in the plugin itself, for a group in the instance plugin that it works with. */
  readonly instances: Instances
  /** For groups. */
  readonly parts: GroupParts | undefined
  /** What checks have found out for those that come later. */
  readonly findings: Set<string>
  /** A text that nobody else uses. */
  unique(prefix: string): string
  /** Longest time that something which goes on by itself may take. */
  readonly patienceMs: number
}

/** Throws BrokenPromise unless `kept`. */
export function holds(kept: boolean, expected: string, got: string, ...shown: { exchange: Exchange }[]): void {
  if (!kept) throw new BrokenPromise(expected, got, [...new Set(shown.map(({ exchange }) => exchange))])
}

/** Throws NotApplicable unless `given`. */
export function applies(given: boolean, otherwise: string): void {
  if (!given) throw new NotApplicable(otherwise)
}

/** For what the original did not promise. */
export function sinceTheOriginal({ facts }: Probe): void {
  applies(!facts.original, 'the original promises no such thing')
}

/** Looks until it is as expected; when it never is, throws what the last look threw. */
export async function eventually(probe: Probe, look: () => Promise<void>): Promise<void> {
  const end = performance.now() + probe.patienceMs
  for (let pause = 20; ; pause = Math.min(pause * 1.5, 500)) {
    try {
      return await look()
    } catch (error) {
      if (!(error instanceof BrokenPromise) || performance.now() > end) throw error
    }
    await sleep(pause)
  }
}
