import type { Condition, Desired } from '../../src/situation.js'
import type { Disturbance } from './disturbances.js'
import type { SimulationOptions } from './simulation.js'
import type { Starter } from './world.js'

/** A letter for each condition. */
export const letters: Readonly<Record<string, Condition>> = {
  h: 'healthy',
  s: 'starting',
  '?': 'unknown',
  k: 'sick',
  x: 'unhealthy',
  o: 'stopped',
  f: 'failed',
}

/** What is asked for when nothing else is said. */
export const modest: Desired = {
  size: 3,
  parked: false,
  destroying: false,
  halted: false,
  maxSurge: 0,
  maxUnavailable: 1,
  drain: true,
  provisionNotBefore: 0,
  leavingIDs: [],
}

/**
 * A situation in a line.
 *
 * @param start a letter for each instance, `-` before it when it is outdated, `+` when it waits for a label, and the
 *   number that chooses its identity after it: `h -x h2`
 * @param disturbances as they follow each other: `commit, lose 3, limits 1 2, parked on`
 */
export function situation(
  desired: Partial<Desired>,
  start: string,
  disturbances: string,
  chances: readonly number[],
): SimulationOptions {
  return {
    desired: { ...modest, ...desired },
    start: start.split(' ').filter(Boolean).map(readStarter),
    disturbances: disturbances.split(', ').filter(Boolean).map(readDisturbance),
    chances,
  }
}

function readStarter(text: string): Starter {
  const [, mark, letter = '', identity] = /^([-+]?)(\D)(\d*)$/.exec(text) ?? []
  const condition = letters[letter]
  if (!condition) throw new Error(`no instance is written '${text}'`)
  return { condition, outdated: mark === '-', adopt: mark === '+', identity: Number(identity) }
}

function readDisturbance(text: string): Disturbance {
  const [kind = '', first = '', second] = text.split(' ')
  if (kind === 'limits') return { kind, maxSurge: Number(first), maxUnavailable: Number(second) }
  if (kind === 'resize') return { kind, size: Number(first) }
  if (kind === 'pets') return { kind, bits: Number(first) }
  if (kind === 'parked' || kind === 'halted' || kind === 'drain') return { kind, on: first === 'on' }
  return (first === '' ? { kind } : { kind, pick: Number(first) }) as Disturbance
}

/** Writes a situation as `situation` reads it: for a failure that is to be kept. */
export function written({ desired, start, disturbances, chances }: SimulationOptions): string {
  const wish = Object.entries(desired).filter(([key, value]) => {
    return JSON.stringify(value) !== JSON.stringify(modest[key as keyof Desired])
  })
  const parts = [
    JSON.stringify(Object.fromEntries(wish)),
    JSON.stringify(start.map(writeStarter).join(' ')),
    JSON.stringify(disturbances.map((one) => Object.values(one).map(writeValue).join(' ')).join(', ')),
    JSON.stringify(chances),
  ]
  return `situation(${parts.join(', ')})`
}

function writeStarter({ condition, outdated, adopt, identity }: Starter): string {
  const letter = Object.keys(letters).find((one) => letters[one] === condition) ?? ''
  return `${outdated ? '-' : adopt ? '+' : ''}${letter}${identity === 0 ? '' : identity}`
}

function writeValue(value: string | number | boolean): string {
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value)
}
