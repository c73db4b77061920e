import { keys } from './names.js'
import type { Ports } from './ports.js'
import type { Tenure } from './tenure.js'

/** The newest lines that are kept of one deployment, and their characters at most. */
const most = { lines: 1000, characters: 100_000 } as const

/** What a deployment did and what its tests wrote, in the registry, for people who look afterwards. */
export class Logbook {
  #lines: string[] = []
  #written = true

  constructor(
    private readonly service: string,
    private readonly number: number,
    private readonly ports: Ports,
  ) {}

  /** Takes up what an earlier process wrote. */
  async load(): Promise<void> {
    const { registry } = await this.ports.registry()
    const { Entry } = await registry.get({ Key: keys.log(this.service, this.number) })
    this.#lines = [...linesOf(Entry?.Value), ...this.#lines]
  }

  add(lines: readonly string[]): void {
    const at = this.ports.clock.date().toISOString()
    this.#lines.push(...lines.map((line) => `${at} ${line}`))
    this.#lines = this.#lines.slice(-most.lines)
    while (this.#lines.reduce((sum, line) => sum + line.length + 1, 0) > most.characters) this.#lines.shift()
    this.#written = false
  }

  /** Writes down what is new. Not being able to is no reason to end a deployment. */
  async save(tenure: Tenure): Promise<void> {
    if (this.#written) return
    this.#written = true
    const { registry } = await this.ports.registry()
    const put = { Key: keys.log(this.service, this.number), Value: this.#lines.join('\n') }
    await registry.put({ ...put, Lease: tenure.token, Fence: tenure.fence })
  }
}

export function linesOf(value: string | undefined): string[] {
  return value ? value.split('\n') : []
}
