import { Agent, request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Load {
  readonly answered: number
  readonly failures: readonly string[]
  /** Ends all clients after their request of the moment. */
  stop(): Promise<void>
}

/** Clients that post without a pause, each on the connection that it keeps; every answer has to be from a server. */
export function startClients(port: number, clients: number, isRight: (answer: string) => boolean): Load {
  const failures: string[] = []
  let [answered, over] = [0, false]

  async function client(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let at = 0; !over; at++) {
      try {
        const response = await new Promise<IncomingMessage>((resolve, reject) => {
          const method = at % 2 === 0 ? 'POST' : 'GET'
          const sent = request({ host: '127.0.0.1', port, method, agent, timeout: 20_000 })
          sent.once('timeout', () => sent.destroy(new Error('no answer')))
          sent.once('response', resolve).once('error', reject)
          sent.end(method === 'POST' ? 'x'.repeat(1000) : undefined)
        })
        const answer = await text(response)
        if (response.statusCode === 200 && isRight(answer)) answered++
        else failures.push(`${response.statusCode} ${answer.slice(0, 100)}`)
      } catch (error) {
        failures.push(String(error))
      }
    }
    agent.destroy()
  }

  const all = Array.from({ length: clients }, client)
  return {
    get answered() {
      return answered
    },
    get failures() {
      return failures
    },
    async stop() {
      over = true
      await Promise.all(all)
    },
  }
}
