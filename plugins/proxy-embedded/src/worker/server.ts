import { noCounters, type SettledServer } from '@infrakit/proxy'
import type { LiveServer } from '@infrakit/spi'
import { Connections } from './connections.js'
import { UnderWays } from './under-way.js'

/** Of the mean time of answers, how much the newest one counts. */
const newest = 0.1

/** One server of a route, in this worker. It is the same object for as long as the route names it at this address. */
export class Server {
  readonly name: string
  readonly host: string
  readonly port: number
  /** Of its route's requests; 0: it gets nothing new. */
  share = 0
  drained = false
  /** How far it is behind its share: what smooth weighted round robin keeps. */
  behind = 0
  /** The checks found it unwell. */
  unwell = false
  readonly connections: Connections
  /** What makes it busy. Whoever adds to it has chosen the server in the same turn. */
  readonly underWay = new UnderWays()
  readonly counters = { ...noCounters(), answers: [0, 0, 0, 0, 0] }
  #answerMs: number | null = null
  #fails = 0
  #restUntil = 0
  #told = false

  constructor(
    { name, host, port }: SettledServer,
    public backend: string,
    private readonly tell: (server: Server, state: 'up' | 'down', why: string) => void,
  ) {
    this.name = name
    this.host = host
    this.port = port
    this.connections = new Connections(host, port)
  }

  isAt({ name, host, port }: SettledServer): boolean {
    return this.name === name && this.host === host && this.port === port
  }

  isResting(now: number): boolean {
    return now < this.#restUntil
  }

  /** It took a connection or answered. */
  succeeded(): void {
    this.#fails = 0
    if (!this.#told) return
    this.#told = false
    this.#restUntil = 0
    this.tell(this, 'up', 'it answers again')
  }

  /** It could not be connected to, or broke off a new connection. */
  failed(why: string, { maxFails, failTimeoutMs }: { maxFails: number; failTimeoutMs: number }): void {
    this.#fails++
    if (maxFails === 0 || this.#fails < maxFails) return
    this.#restUntil = performance.now() + failTimeoutMs
    if (this.#told) return
    this.#told = true
    this.tell(this, 'down', why)
  }

  answered(status: number, ms: number): void {
    const digit = Math.floor(status / 100) - 1
    this.counters.answers[digit] = (this.counters.answers[digit] ?? 0) + 1
    this.#answerMs = this.#answerMs === null ? ms : this.#answerMs * (1 - newest) + ms * newest
    this.succeeded()
  }

  /** Takes no more: nothing idle is kept. */
  retire(): void {
    this.share = 0
    this.connections.closeIdle()
  }

  live(named: boolean): LiveServer {
    const { Requests, ConnectErrors, AnswerErrors, Retries, answers } = this.counters
    const [one = 0, two = 0, three = 0, four = 0, five = 0] = answers
    const draining = !named || this.drained
    const down = this.unwell || this.isResting(performance.now())
    return {
      Backend: this.backend,
      Name: this.name,
      Host: this.host,
      Port: this.port,
      State: draining ? 'draining' : down ? 'down' : 'up',
      Share: named ? this.share : 0,
      InFlight: this.underWay.size,
      Requests,
      Answers: { '1xx': one, '2xx': two, '3xx': three, '4xx': four, '5xx': five },
      ConnectErrors,
      AnswerErrors,
      Retries,
      AnswerMs: this.#answerMs,
    }
  }
}
