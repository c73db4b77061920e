import { Agent, request } from 'node:http'
import { stopwatch } from '../stopwatch.js'

/** Consul spoken to with nothing but node:http. */
export interface BareConsul {
  put(key: string, value: string): Promise<void>
  /** How long it takes from a put of a key below a prefix until a blocking query for the prefix is answered (ms). */
  notice(prefix: string, key: string, value: string): Promise<number>
}

export function createBareConsul(address: string): BareConsul {
  const agent = new Agent({ keepAlive: true })

  function ask(method: string, path: string, body?: string): Promise<{ index: string; text: string }> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
      const asked = request(`${address}${path}`, { agent, method, headers }, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (piece: string) => (text += piece))
        answer.on('end', () => resolve({ index: String(answer.headers['x-consul-index']), text }))
      })
      asked.on('error', reject).end(body)
    })
  }

  async function put(key: string, value: string): Promise<void> {
    await ask('PUT', `/v1/kv/${key}`, value)
  }

  return {
    put,
    async notice(prefix, key, value) {
      const path = `/v1/kv/${prefix}?recurse`
      const { index } = await ask('GET', path)
      const noticed = ask('GET', `${path}&wait=10s&index=${index}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
      const elapsed = stopwatch()
      const written = put(key, value)
      await noticed
      const took = elapsed()
      await written
      return took
    },
  }
}
