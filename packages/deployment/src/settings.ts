import { parseDuration, type DeploymentSpec, type StrategyType } from '@infrakit/spi'

/** A specification's choices with every default filled in; durations in seconds. */
export interface Settings {
  readonly strategy: StrategyType
  /** Shares of the new release before it has all, 0 to 1. */
  readonly shares: readonly number[]
  readonly byCount: boolean
  /** How long a release is watched with a share. */
  readonly pauseSeconds: number
  /** Whether it is watched with all requests, before it is recorded. */
  readonly watched: boolean
  readonly retire: 'stop' | 'destroy' | 'keep'
  readonly retain: number
  readonly pullSeconds: number
  readonly startSeconds: number
  readonly switchSeconds: number
  readonly drainSeconds: number
  readonly retireSeconds: number
}

/** Enough to see a fault before many see it, and then with half of all requests. */
const defaultSteps = ['10%', '50%']

export function settingsOf({ Strategy, Retire, Deadlines }: DeploymentSpec): Settings {
  const shares = (Strategy?.Steps ?? defaultSteps).map((step) => parseFloat(step) / 100)
  const retire = Retire?.How ?? 'stop'
  const strategy = Strategy?.Type ?? 'blue-green'
  const isCanary = strategy === 'canary'
  return {
    strategy,
    shares: shares.filter((share) => share < 1),
    byCount: Strategy?.By === 'count',
    pauseSeconds: seconds(Strategy?.Pause, isCanary ? '1m' : '0s'),
    watched: !isCanary && (Strategy?.Pause != null || Strategy?.Manual === true || Strategy?.Analysis != null),
    retire,
    retain: retire === 'destroy' ? 0 : (Retire?.Retain ?? 1),
    pullSeconds: seconds(Deadlines?.Pull, '30m'),
    startSeconds: seconds(Deadlines?.Start, '5m'),
    switchSeconds: seconds(Deadlines?.Switch, '1m'),
    drainSeconds: seconds(Deadlines?.Drain, '30s'),
    retireSeconds: seconds(Deadlines?.Retire, '5m'),
  }
}

export function seconds(text: string | null | undefined, otherwise: string): number {
  return (parseDuration(text ?? otherwise) ?? 0) / 1000
}
