import { request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { ProxyRoute, ProxyServer } from '@infrakit/spi'
import { temporaryFolder, type Teardown } from '@infrakit/testing'
import { createNginxProxy } from '../src/plugin.js'
import { endNginxes } from './nginxes.js'

/** A plugin in this process. All that it starts ends with the test. */
export async function open(
  t: Teardown,
  more: { dir?: string; modules?: string; nginx?: string; workers?: number } = {},
) {
  const dir = more.dir ?? (await temporaryFolder(t))
  const warned: string[] = []
  const events: string[] = []
  t.teardown(() => endNginxes(dir))
  const { proxy, close } = await createNginxProxy({
    dir,
    nginx: more.nginx ?? 'nginx',
    modules: more.modules,
    workers: more.workers ?? 2,
    log: { warn: (fields, message) => void warned.push(`${message} ${JSON.stringify(fields)}`) },
    publish: ({ Topic, Message }) => void events.push(`${Topic}: ${Message}`),
  })
  t.teardown(close)
  return { proxy, close, dir, warned, events }
}

export function route(port: number, servers: readonly ProxyServer[], more: Partial<ProxyRoute> = {}): ProxyRoute {
  return {
    Name: 'shop',
    Owner: 'me',
    Listen: `127.0.0.1:${port}`,
    Backends: [{ Name: 'blue', Servers: [...servers] }],
    ...more,
  }
}

export interface Asked {
  readonly path?: string
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Buffer
}

/** Makes a request on a connection of its own. */
export async function ask(port: number, { path = '/', method = 'GET', headers = {}, body }: Asked = {}) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false })
    sent.once('response', resolve).once('error', reject)
    sent.end(body)
  })
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) }
}
