import { createServer, request } from 'node:http'
import { join } from 'node:path'
import type { Teardown } from '@infrakit/testing'

/** Serves a plugin under another name, and refuses its stream of events. */
export async function serveDeaf(t: Teardown, pluginsDir: string, plugin: string, name: string): Promise<void> {
  const server = createServer((req, res) => {
    if (req.url?.startsWith('/events')) return void res.writeHead(503).end()
    const { method = 'POST', url = '/', headers } = req
    const call = request({ socketPath: join(pluginsDir, plugin), method, path: url, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(res)
    })
    call.on('error', () => res.destroy())
    req.pipe(call)
  })
  await new Promise<void>((resolve) => server.listen(join(pluginsDir, name), resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
}
