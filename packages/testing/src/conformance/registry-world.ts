import { setTimeout as sleep } from 'node:timers/promises'
import { wordsOf, type Answer, type Caller } from './caller.js'
import { listOf, rowOf, type Row } from './json.js'
import { holds } from './outcome.js'

export const conflict = -32002
export const input = -32602

/** A registry with keys, leases and services of the suite, which are taken away in the end. */
export class RegistryWorld {
  /** All keys and leases of this run begin with it. */
  readonly root: string
  /** Services cannot have a slash in their names. */
  readonly #services: string
  readonly #held = new Map<string, Row>()
  readonly #entered = new Set<string>()
  #count = 0

  constructor(
    readonly plugin: Caller,
    run: string,
    readonly patienceMs: number,
  ) {
    this.root = `infrakit.verify/${run}`
    this.#services = `infrakit.verify-${run}`
  }

  /** A place for keys, or a lease, that nobody else uses. */
  place(name: string): string {
    return `${this.root}/${name}-${++this.#count}`
  }

  serviceName(): string {
    return `${this.#services}-${++this.#count}`
  }

  async put(Key: string, Value: string, more: Row = {}): Promise<Row> {
    const answer = await this.plugin.call('Registry.Put', { Key, Value, ...more })
    return { Key, Value, Version: answer.result.Version }
  }

  /** `Entry` is empty when there is none. */
  async get(Key: string): Promise<{ entry: Row; answer: Answer }> {
    const answer = await this.plugin.call('Registry.Get', { Key })
    return { entry: rowOf(answer.result.Entry), answer }
  }

  async list(Prefix: string): Promise<{ entries: Row[]; answer: Answer }> {
    const answer = await this.plugin.call('Registry.List', { Prefix })
    return { entries: listOf(answer.result.Entries).map(rowOf), answer }
  }

  async acquire(Name: string, Owner: string, more: Row = {}): Promise<Row> {
    const answer = await this.plugin.call('Registry.Acquire', { Name, Owner, Reason: 'verify', ...more })
    return this.acquired(answer)
  }

  /** Remembers a lease, which is given up in the end. */
  acquired(answer: Answer): Row {
    const lease = rowOf(answer.result.Lease)
    this.#held.set(String(lease.Name), lease)
    return lease
  }

  async holder(Name: string): Promise<{ lease: Row; answer: Answer }> {
    const answer = await this.plugin.call('Registry.Holder', { Name })
    return { lease: rowOf(answer.result.Lease), answer }
  }

  async register(service: Row): Promise<Answer> {
    this.#entered.add(String(service.ID))
    return this.plugin.call('Registry.Register', { Service: service })
  }

  async services(Name?: string): Promise<{ services: Row[]; answer: Answer }> {
    const answer = await this.plugin.call('Registry.Services', { Name: Name ?? null })
    return { services: listOf(answer.result.Services).map(rowOf), answer }
  }

  /** A call that has to be refused with this code. */
  async refused(method: string, params: Row, code: number, expected: string): Promise<Answer> {
    const answer = await this.plugin.refusal(`Registry.${method}`, params, expected)
    holds(answer.error?.code === code, expected, wordsOf(answer), answer)
    return answer
  }

  /** Takes away all of it. @returns what stayed */
  async cleanUp(): Promise<string[]> {
    const left: string[] = []
    const attempt = async (what: string, method: string, params: Row) => {
      const answer = await this.plugin.ask(method, params).catch(() => undefined)
      if (!answer || answer.error) left.push(what)
      return answer
    }
    const listed = await attempt(`keys below ${this.root}`, 'Registry.List', { Prefix: `${this.root}/` })
    for (const { Key } of listOf(listed?.result.Entries).map(rowOf)) {
      await attempt(`key ${String(Key)}`, 'Registry.Delete', { Key })
    }
    for (const [Name, { Epoch }] of this.#held) await attempt(`lease ${Name}`, 'Registry.Release', { Name, Epoch })
    for (const ID of this.#entered) await attempt(`service ${ID}`, 'Registry.Deregister', { ID })
    return left
  }
}

/** Waits for as long as a lease is good, and calls back now and then meanwhile. */
export async function forSeconds(seconds: number, everyMs: number, meanwhile: () => Promise<void>): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    await sleep(Math.min(everyMs, Math.max(1, end - performance.now())))
    await meanwhile()
  }
}
