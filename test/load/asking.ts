import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Teardown } from '@infrakit/testing'
import { faultOf, send, type Asked } from './client.js'

/** How requests ended. */
export interface Ends {
  readonly answered: number
  /** Errors that the client saw: a connection that was refused, or that broke. */
  readonly errors: readonly string[]
  /** Answers that are not what they have to be, and do not say so. */
  readonly wrong: readonly string[]
}

export interface Asking {
  made(): number
  stop(): Promise<Ends>
}

export interface AskingOptions {
  readonly port: number
  readonly clients: number
  /** What is asked at the so manieth time. */
  readonly of: (at: number) => Asked
  /** Whether a release may answer. */
  readonly expects?: (release: string) => boolean
}

/** What `switch-server` answers to `/drip`. */
const dripBytes = 100_000
/** Who is refused at once does not keep the machine busy with asking (ms). */
const restMs = 20

/** Clients on kept connections that ask one thing after the other until they are stopped, and note how each ended. */
export function keepAsking(t: Teardown, { port, clients, of, expects = () => true }: AskingOptions): Asking {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const ends = { answered: 0, errors: [] as string[], wrong: [] as string[] }
  let [over, next, made] = [false, 0, 0]
  t.teardown(() => (over = true))

  async function ask(asked: Asked): Promise<void> {
    const answer = await send(port, asked, agent).catch((error: unknown) => String(error))
    made++
    if (typeof answer === 'string') {
      ends.errors.push(answer)
      await sleep(restMs)
      return
    }
    const { status, bytes } = answer
    const whole = status === 200 && bytes.length === dripBytes
    const short = whole ? undefined : `status ${status}, ${bytes.length} bytes`
    const fault = asked.path.startsWith('/drip') ? short : faultOf(asked, answer, expects)
    if (fault === undefined) ends.answered++
    else ends.wrong.push(`${asked.path}: ${fault}`)
  }

  async function client(): Promise<void> {
    while (!over) await ask(of(next++))
  }

  const all = Array.from({ length: clients }, client)
  return {
    made: () => made,
    async stop() {
      over = true
      await Promise.all(all)
      agent.destroy()
      return ends
    },
  }
}
