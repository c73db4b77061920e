import { join } from 'node:path'
import { findProgram } from '@infrakit/programs'
import type { ProxyRoute, ProxyServer } from '@infrakit/spi'
import { skipFor, temporaryFolder, type Teardown, type WebServer } from '@infrakit/testing'
import { openProcessTable } from '@infrakit/programs'
import { createHaproxyPlugin, type HaproxyPluginOptions } from '../src/index.js'

/** Option of tests that need the program. */
export const needsHaproxy = { skip: skipFor(['haproxy']) }

export const haproxyProgram = () => findProgram('haproxy', process.env['PATH'] ?? '', '/', '--haproxy')

export type Opened = Awaited<ReturnType<typeof open>>

/** A plugin on a folder (a new one unless given); its HAProxy ends with the test. */
export async function open(t: Teardown, options: Partial<HaproxyPluginOptions> = {}) {
  const dir = options.dir ?? (await temporaryFolder(t))
  const warned: string[] = []
  const events: string[] = []
  t.teardown(() => killHaproxy(dir))
  const plugin = await createHaproxyPlugin({
    dir,
    program: haproxyProgram(),
    others: [],
    log: { warn: (fields, message) => void warned.push(`${message} ${JSON.stringify(fields)}`) },
    publish: ({ Topic, Message }) => void events.push(`${Topic}: ${Message}`),
    ...options,
  })
  t.teardown(() => plugin.close())
  return { ...plugin, dir, warned, events }
}

/** The processes of a plugin's HAProxy. */
export const processesOf = (dir: string) => openProcessTable().marked(join(dir, 'haproxy'))

export function killHaproxy(dir: string): void {
  const table = openProcessTable()
  for (const one of processesOf(dir)) table.signal(one, 'SIGKILL')
}

export const server = (
  { name, port }: Pick<WebServer, 'name' | 'port'>,
  more: Partial<ProxyServer> = {},
): ProxyServer => ({
  Name: name,
  Host: '127.0.0.1',
  Port: port,
  ...more,
})

/** A route to servers in one backend. */
export const route = (port: number, servers: readonly ProxyServer[], more: Partial<ProxyRoute> = {}): ProxyRoute => ({
  Name: 'shop',
  Owner: 'me',
  Listen: `127.0.0.1:${port}`,
  Backends: [{ Name: 'blue', Servers: [...servers] }],
  ...more,
})
