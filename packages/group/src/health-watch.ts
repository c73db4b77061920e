import { health, type Health, type InstanceDescription } from '@infrakit/spi'
import type { Settings } from './settings.js'
import type { Condition } from './situation.js'

/** What is remembered of one member's health. Kept in memory only: after a restart it is asked for anew. */
interface HealthRecord {
  last: Health
  reason: string | undefined
  healthyStreak: number
  unhealthyStreak: number
  healthySince: number
  /** Somebody was asked about it and has answered, be it that nobody can tell. */
  asked: boolean
  /** It has been healthy as often or as long as asked for. */
  established: boolean
  /** We made it, in this life of the process. */
  readonly bornAt: number | undefined
  nextProbe: number
  probing: boolean
  /** Something changed while it was being asked about. */
  hinted: boolean
}

/** A member that has yet to become healthy, or has just failed, is asked this often, or at the group's interval if shorter. */
const eagerProbeMs = 1000

/** Follows the members' health: when to ask again, and what the answers add up to. */
export class HealthWatch {
  readonly #records = new Map<string, HealthRecord>()
  #asking = 0

  /** How many members are being asked. */
  get asking(): number {
    return this.#asking
  }

  /** Notes that we made an instance: until it is healthy it counts as starting. */
  born(id: string, now: number): void {
    this.#records.set(id, newRecord(now))
  }

  /**
   * Forgets all that a listing begun at `began` does not show; what was made since it could not show. Answers those that
   * we made and that were never healthy.
   */
  retain(ids: ReadonlySet<string>, began: number): string[] {
    const premature: string[] = []
    for (const [id, { bornAt, established }] of this.#records) {
      if (ids.has(id) || (bornAt !== undefined && bornAt >= began)) continue
      this.#records.delete(id)
      if (bornAt !== undefined && !established) premature.push(id)
    }
    return premature
  }

  /** Starts afresh with one member, e.g. because it was started again. */
  forget(id: string): void {
    this.#records.delete(id)
  }

  /** Nobody is asked later than at the given time (monotonic ms): the interval may have become shorter. */
  hasten(latest: number): void {
    for (const record of this.#records.values()) record.nextProbe = Math.min(record.nextProbe, latest)
  }

  /** Whoever judges has news of a member, or, without an ID, may have of any: it is due. */
  hinted(id?: string): void {
    for (const record of id === undefined ? this.#records.values() : this.#recordsOf(id)) {
      if (record.probing) record.hinted = true
      else record.nextProbe = 0
    }
  }

  bornAt(id: string): number | undefined {
    return this.#records.get(id)?.bornAt
  }

  asked(id: string): boolean {
    return this.#records.get(id)?.asked ?? false
  }

  /** Whether it is time to ask; if so the caller asks and reports to `judged`. */
  due(id: string, now: number): boolean {
    const record = this.#record(id)
    if (record.probing || record.nextProbe > now) return false
    record.probing = true
    record.hinted = false
    this.#asking++
    return true
  }

  /** When the next member is due (monotonic ms); Infinity when none is. */
  nextDue(): number {
    let next = Infinity
    for (const record of this.#records.values()) if (!record.probing) next = Math.min(next, record.nextProbe)
    return next
  }

  /** Takes a judgement; says whether it changed what is known, and when to ask again (monotonic ms). */
  judged(
    id: string,
    judgement: Health,
    reason: string | undefined,
    settings: Settings,
    now: number,
  ): { changed: boolean; next: number } {
    this.#asking--
    const record = this.#records.get(id)
    if (!record) return { changed: false, next: Infinity }
    const before = `${record.last} ${record.established} ${record.unhealthyStreak} ${record.reason}`
    record.probing = false
    record.asked = true
    record.reason = reason
    record.unhealthyStreak = judgement === health.unhealthy ? record.unhealthyStreak + 1 : 0
    record.healthyStreak = judgement === health.healthy ? record.healthyStreak + 1 : 0
    if (judgement === health.healthy && record.healthyStreak === 1) record.healthySince = now
    record.last = judgement
    record.established ||= isEstablished(record, settings, now)
    const eager = !record.established || judgement !== health.healthy
    const wait = eager ? eagerWait(record, settings, now) : settings.healthIntervalMs
    record.nextProbe = record.hinted ? now : now + wait
    const after = `${record.last} ${record.established} ${record.unhealthyStreak} ${record.reason}`
    return { changed: before !== after, next: record.nextProbe }
  }

  /** What the answers so far, and what the instance plugin says of it, add up to. */
  condition(description: InstanceDescription, settings: Settings): { condition: Condition; detail?: string } {
    const { ID, State, StateReason } = description
    if (State === 'stopped') return { condition: 'stopped' }
    if (State === 'failed') return { condition: 'failed', detail: StateReason ?? 'the instance plugin says it failed' }
    const record = this.#record(ID)
    const detail = record.reason === undefined ? {} : { detail: record.reason }
    if (record.last === health.unhealthy) {
      if (record.unhealthyStreak >= settings.unhealthyAfter) return { condition: 'unhealthy', ...detail }
      return { condition: 'sick', ...detail }
    }
    if (record.established && record.last === health.healthy) return { condition: 'healthy' }
    return { condition: record.bornAt === undefined || record.established ? 'unknown' : 'starting', ...detail }
  }

  #recordsOf(id: string): readonly HealthRecord[] {
    const record = this.#records.get(id)
    return record ? [record] : []
  }

  #record(id: string): HealthRecord {
    const known = this.#records.get(id)
    if (known) return known
    const record = newRecord(undefined)
    this.#records.set(id, record)
    return record
  }
}

function newRecord(bornAt: number | undefined): HealthRecord {
  return {
    last: health.unknown,
    reason: undefined,
    healthyStreak: 0,
    unhealthyStreak: 0,
    healthySince: 0,
    asked: false,
    established: false,
    bornAt,
    nextProbe: 0,
    probing: false,
    hinted: false,
  }
}

function isEstablished(record: HealthRecord, settings: Settings, now: number): boolean {
  if (record.healthyStreak === 0) return false
  // What was there before us has proven itself already: one healthy answer is enough.
  if (record.bornAt === undefined) return true
  if (settings.healthyMs > 0) return now - record.healthySince >= settings.healthyMs
  return record.healthyStreak >= settings.healthyCount
}

function eagerWait(record: HealthRecord, settings: Settings, now: number): number {
  const wait = Math.min(eagerProbeMs, settings.healthIntervalMs)
  if (record.healthyStreak === 0 || settings.healthyMs === 0) return wait
  return Math.min(wait, Math.max(1, settings.healthyMs - (now - record.healthySince)))
}
