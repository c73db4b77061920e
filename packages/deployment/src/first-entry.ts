import type { DeploymentPlan } from '@infrakit/spi'
import type { Journal } from './records.js'

interface Beginning {
  /** The greatest release ever begun, this one too. */
  readonly LastRelease: number
  readonly Site: string
  readonly Owner: string
  /** RFC 3339. */
  readonly Began: string
}

/** The journal of a deployment of which nothing is done. @param before that of the one before */
export function firstEntry(
  plan: DeploymentPlan,
  before: Journal | undefined,
  { LastRelease, Site, Owner, Began }: Beginning,
): Journal {
  const Number = (before?.Number ?? 0) + 1
  return {
    Number,
    LastRelease,
    Site,
    Direction: 'forward',
    At: -1,
    Recorded: false,
    Said: {},
    Report: {
      ID: `${plan.Service}-${Number}`,
      Kind: plan.Kind,
      Strategy: plan.Strategy,
      Release: plan.Release,
      From: plan.From ?? null,
      Colour: plan.Colour,
      Scale: plan.Scale,
      State: 'running',
      Owner,
      Began,
      Steps: plan.Steps.map(({ Name, Text }) => ({ Name, Text, State: 'waiting' })),
    },
  }
}
