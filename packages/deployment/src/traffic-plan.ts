import type { DeploymentRoute } from '@infrakit/spi'
import { groupPluginOf, type Candidate } from './facts.js'
import type { Traffic, TrafficShare } from './records.js'
import { settingsOf } from './settings.js'

/** Of all requests. */
export const whole = 1000

/** Where requests go when a release has all of them. */
export function restingTraffic({ record, colour, group }: Candidate): Traffic {
  const { Spec, Release } = record
  return {
    Service: Spec.Service,
    GroupPlugin: groupPluginOf(Spec),
    Proxies: Spec.Proxies ?? [],
    Routes: Spec.Routes ?? [],
    Catalogue: Spec.Catalogue ?? true,
    Shares: [{ Release, Group: group, Colour: colour, Weight: whole }],
    DrainSeconds: settingsOf(Spec).drainSeconds,
  }
}

/**
 * Where requests go while a release gets `weight` of them: the old one has the rest. What the old one is reached by stays
 * there until the new one has everything.
 */
export function sharedTraffic(candidate: Candidate, before: Traffic | undefined, weight: number): Traffic {
  const resting = restingTraffic(candidate)
  const others = (before?.Shares ?? []).filter(({ Group }) => Group !== candidate.group)
  const shares: TrafficShare[] = [
    ...others.map((share) => ({ ...share, Weight: whole - weight })),
    ...resting.Shares.map((share) => ({ ...share, Weight: weight })),
  ]
  return {
    ...resting,
    Proxies: [...new Set([...resting.Proxies, ...(before?.Proxies ?? [])])],
    Routes: withFormer(resting.Routes, before?.Routes ?? []),
    Shares: shares,
  }
}

/** Where requests go while nobody serves. */
export function noTraffic(before: Traffic): Traffic {
  return { ...before, Shares: [] }
}

function withFormer(now: readonly DeploymentRoute[], former: readonly DeploymentRoute[]): DeploymentRoute[] {
  const names = new Set(now.map(({ Name }) => Name))
  return [...now, ...former.filter(({ Name }) => !names.has(Name))]
}
