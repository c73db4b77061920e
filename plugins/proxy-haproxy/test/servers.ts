import { request, type Agent } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Question {
  readonly host?: string
  readonly path?: string
  readonly method?: string
  readonly body?: string
  readonly agent?: Agent
}

/** Asks the proxy; 'STATUS BODY'. Rejects when the connection breaks. */
export async function get(
  port: number,
  { host, path = '/', method = 'GET', body, agent }: Question = {},
): Promise<string> {
  const sent = request({
    host: '127.0.0.1',
    port,
    path,
    method,
    ...(agent ? { agent } : { agent: false as const }),
    ...(host ? { headers: { host } } : {}),
    timeout: 20_000,
  })
  sent.on('timeout', () => sent.destroy(new Error('no answer in time')))
  const answered = new Promise<string>((resolve, reject) => {
    sent.once('error', reject)
    sent.once('response', (response) => {
      text(response).then((words) => resolve(`${response.statusCode} ${words.trim()}`), reject)
    })
  })
  sent.end(body)
  return answered
}
