import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, type Teardown, temporaryFolder, waitUntil } from '@infrakit/testing'

const common = `global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
`

async function start(t: Teardown, parts: (port: number) => string): Promise<number> {
  const [folder, port] = [await temporaryFolder(t), await freePort()]
  const file = join(folder, 'haproxy.cfg')
  await writeFile(file, common + parts(port))
  const child = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  await waitUntil('haproxy to answer', async () => (await fetch(`http://127.0.0.1:${port}/`)).status > 0, 30_000)
  return port
}

/** A server that answers with a few bytes, faster than any proxy asks. @returns its port */
export function startFastServer(t: Teardown): Promise<number> {
  return start(
    t,
    (port) =>
      `frontend fast\n  bind 127.0.0.1:${port}\n  http-request return status 200 content-type text/plain string fast\n`,
  )
}

/** HAProxy with one thread before a server. @returns its port */
export function startHaproxyBefore(t: Teardown, server: number): Promise<number> {
  return start(
    t,
    (port) => `listen web\n  bind 127.0.0.1:${port}\n  option forwardfor\n  server one 127.0.0.1:${server}\n`,
  )
}
