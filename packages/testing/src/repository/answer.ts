import { get } from 'node:http'

/** What a web server answers at an endpoint, without space around it. */
export function answerOf({ Host, Port }: { readonly Host: string; readonly Port: number }): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host: Host, port: Port, agent: false, timeout: 5000 }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () => resolve(text.trim()))
    })
    request.on('error', reject)
  })
}
