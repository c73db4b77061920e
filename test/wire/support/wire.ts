import { request } from 'node:http'
import type { RawReply, RawRequest } from './recording.js'

/** Sends one request to a socket exactly as it is, on a connection of its own. */
export function send(socketPath: string, { method, path, body, contentType }: RawRequest): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...(contentType ? { 'Content-Type': contentType } : {}),
      'Content-Length': Buffer.byteLength(body),
    }
    const outgoing = request({ socketPath, method, path, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          contentType: incoming.headers['content-type'] ?? null,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    outgoing.setTimeout(30_000, () => outgoing.destroy(new Error(`no answer from ${socketPath} in 30 s`)))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** An error that came as an answer. */
export class Refused extends Error {}

/** Calls a method and answers its result. Throws `Refused` for an error in the answer. */
export async function call(socketPath: string, method: string, params: object): Promise<Record<string, unknown>> {
  const body = JSON.stringify({ jsonrpc: '2.0', method, params, id: 1 })
  const reply = await send(socketPath, { method: 'POST', path: '/', body, contentType: 'application/json' })
  const { result, error } = JSON.parse(reply.body) as { result?: Record<string, unknown>; error?: { message: string } }
  if (error) throw new Refused(`${method}: ${error.message}`)
  return result ?? {}
}
