import { request } from 'node:http'

/** Posts a body to a socket as it is and answers the body that comes back as it is. */
export function postRaw(socketPath: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
    const call = request({ socketPath, method: 'POST', path: '/', headers, agent: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => (text += part))
      answer.on('end', () => resolve(text)).on('error', reject)
    })
    call.on('error', reject).end(body)
  })
}
