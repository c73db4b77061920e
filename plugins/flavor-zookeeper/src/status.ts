import { createConnection } from 'node:net'
import { endpointsOf, messageOf, type InstanceDescription } from '@infrakit/spi'

/** What a member says of itself. */
export type Status =
  | { readonly kind: 'serving'; readonly where: string; readonly mode: string }
  /** It runs, and has no part in an ensemble that serves. */
  | { readonly kind: 'waiting'; readonly where: string }
  | { readonly kind: 'silent'; readonly where: string; readonly why: string }
  /** Nothing was learned about it. */
  | { readonly kind: 'unclear'; readonly why: string }

/** Longest time for all of it, and longest answer. */
const patienceMs = 3000
const longest = 64 * 1024

/** What is wrong here and not there. */
const ours = new Set(
  'EMFILE ENFILE ENOBUFS ENOMEM EADDRNOTAVAIL ENETUNREACH ENETDOWN EAI_AGAIN EPERM EACCES'.split(' '),
)
const words: Readonly<Record<string, string>> = { ECONNREFUSED: 'connection refused', ENOTFOUND: 'no such host' }

/** Where clients find it: at the endpoint of that port in the instance, or at its logical ID. */
export function addressOf(
  instance: InstanceDescription,
  clientPort: number,
): { host: string; port: number } | undefined {
  const endpoint = endpointsOf(instance).find(({ Port, ContainerPort }) => (ContainerPort ?? Port) === clientPort)
  if (endpoint) return { host: endpoint.Host, port: endpoint.Port }
  return instance.LogicalID ? { host: instance.LogicalID, port: clientPort } : undefined
}

/** Sends a word of four letters and reads the answer to its end. */
function converse(address: { host: string; port: number }, word: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = createConnection(address)
    const late = setTimeout(() => socket.destroy(new Error(`no answer within ${patienceMs} ms`)), patienceMs)
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text
      if (answer.length > longest) socket.end()
    })
    socket.once('connect', () => socket.write(word))
    socket.once('error', reject)
    socket.once('close', () => {
      clearTimeout(late)
      resolve(answer)
    })
  })
}

/** Reads the answer to `srvr`. */
export function readStatus(answer: string, where: string): Status {
  const [, mode] = /^Mode: (\w+)/m.exec(answer) ?? []
  if (mode !== undefined) return { kind: 'serving', where, mode }
  if (/not currently serving requests/.test(answer)) return { kind: 'waiting', where }
  if (/not in the whitelist/.test(answer)) return { kind: 'unclear', why: `${where} does not answer to srvr: allow it` }
  return { kind: 'silent', where, why: 'answered what no ZooKeeper does' }
}

/** Asks a member whether it serves. Never throws. */
export async function askStatus(instance: InstanceDescription, clientPort: number): Promise<Status> {
  const address = addressOf(instance, clientPort)
  if (!address) return { kind: 'unclear', why: `it tells no endpoint for port ${clientPort}, and has no logical ID` }
  const where = `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`
  try {
    return readStatus(await converse(address, 'srvr'), where)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (ours.has(code)) return { kind: 'unclear', why: `${where} could not be asked from here: ${code}` }
    return { kind: 'silent', where, why: words[code] ?? (code || messageOf(error)) }
  }
}
