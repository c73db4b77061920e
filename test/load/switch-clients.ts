/** The thread of the clients of `startSwitchLoad`. Tells what they found once they are to stop. */
import { Agent } from 'node:http'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { WebSocket } from 'ws'
import { faultOf, send, type Asked } from './client.js'
import { shared, type Clients, type ClientsData } from './switch-load.js'

const { port, clients, numbers, pauseMs } = workerData as ClientsData
const [small, upload] = [Buffer.alloc(1000, 'a'), Buffer.alloc(10_000_000, 'b')]
const socketMs = 60_000
const agent = new Agent({ keepAlive: true, maxSockets: clients, maxFreeSockets: clients })
const failures: string[] = []
let next = 0

/** Of 100 requests 5 are slow, 2 are WebSockets and 1 sends 10 MB; of the others half are GET, half POST. */
function errand(at: number): Asked | 'websocket' {
  const kind = (at * 37) % 100
  if (kind < 5) return { path: '/?slow=200' }
  if (kind < 7) return 'websocket'
  if (kind < 8) return { path: '/upload', body: upload }
  return kind % 2 === 0 ? { path: '/' } : { path: '/post', body: small }
}

async function talk(expects: (release: string) => boolean): Promise<string | undefined> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { perMessageDeflate: false })
  const failed = new Promise<never>((_, reject) => {
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed early')))
  })
  failed.catch(() => undefined)
  const late = setTimeout(() => socket.terminate(), socketMs)
  try {
    await Promise.race([once(socket, 'open'), failed])
    for (const text of ['one', 'two']) {
      const answered = once(socket, 'message')
      socket.send(text)
      const [message] = (await Promise.race([answered, failed])) as [Buffer]
      const told = JSON.parse(String(message)) as { release: string; text: string }
      if (told.text !== text) return 'another text came back'
      if (!expects(told.release)) return `answered by release ${told.release}`
    }
    return undefined
  } finally {
    clearTimeout(late)
    socket.close()
  }
}

async function ask(kind: Asked | 'websocket', alone: boolean): Promise<string | undefined> {
  const least = Atomics.load(numbers, shared.oldest)
  const expects = (release: string) => Number(release) >= least
  if (kind === 'websocket') return talk(expects)
  const asked = { ...kind, alone }
  return faultOf(asked, await send(port, asked, agent), expects)
}

async function client(alone: boolean): Promise<number> {
  let made = 0
  for (; Atomics.load(numbers, shared.over) === 0; made++) {
    const kind = errand(next++)
    const fault = await ask(kind, alone).catch((error: unknown) => String(error))
    Atomics.add(numbers, fault === undefined ? shared.answered : shared.failed, 1)
    if (fault !== undefined)
      failures.push(`${kind === 'websocket' ? kind : kind.path}${alone ? ', alone' : ''}: ${fault}`)
    if (pauseMs > 0) await sleep(pauseMs)
  }
  return made
}

const made = await Promise.all(Array.from({ length: 2 * clients }, (_, at) => client(at % 2 === 0)))
agent.destroy()
const answered = Atomics.load(numbers, shared.answered)
parentPort?.postMessage({ answered, failures, fewest: Math.min(...made) } satisfies Clients)
