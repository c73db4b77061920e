import { existsSync } from 'node:fs'
import type { SettledRoute } from '@infrakit/proxy'
import {
  backendOf,
  certificateFile,
  certificatesFile,
  listenFile,
  listenId,
  mapFile,
  pathOf,
  type Layout,
} from './layout.js'
import { slotName, type Slot, type Slots } from './slots.js'

const remark = '# Written by infrakit-proxy-haproxy: what is changed here is lost.'

/**
 * What holds for all routes. A client's idle connection is closed with its next answer, never before it; a connection to a server
 * is used once, as an idle one may be closed by the server at the moment a request is sent.
 */
export function renderBase(layout: Layout, places: number, descriptors: number | undefined): string {
  return `${remark}
global
${limits(places, descriptors)}${descriptors === undefined ? '' : buffers}  stats socket ${layout.runtime} mode 600 uid ${process.getuid?.() ?? 0} level admin
  server-state-file ${layout.state}

defaults infrakit
  mode http
  option idle-close-on-response
  option http-server-close
  option redispatch 1
  retries 3
  retry-on conn-failure empty-response
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  load-server-state-from-file global
`
}

/** The longest body of a request that is sent again when a server dies (bytes). */
const longestKept = 16 * 1024

/** HAProxy sends again only what was wholly in one buffer when it was first sent: the body, and a head of the same length. */
const buffers = `  tune.bufsize ${2 * longestKept}\n`

/**
 * HAProxy sets a file descriptor aside for each place, as if all were checked at once, and refuses to start, or leaves hardly any
 * for clients, when there are not so many. So it is told how many clients it may have. Pure.
 *
 * @param descriptors how many it can have; `undefined` when somebody else sees to that
 */
function limits(places: number, descriptors: number | undefined): string {
  if (descriptors === undefined || places * 2 < descriptors) return ''
  return `  no strict-limits\n  maxconn ${Math.max(100, Math.floor((descriptors - 1000) / 3))}\n`
}

/** The files of a listening address. Pure, but for whether this machine has IPv6. */
export function renderListen(routes: readonly SettledRoute[], layout: Layout): Map<string, string> {
  const [first] = routes
  const files = new Map<string, string>()
  if (!first) return files
  const id = listenId(first)
  const { address, port } = first.listen
  const where = address.includes(':') ? `[${address}]:${port}` : address ? `${address}:${port}` : anywhere(port)
  const tls = first.tls ? ` ssl crt-list ${pathOf(layout, certificatesFile(id))} alpn http/1.1` : ''
  const lookUp = `http-request set-var(txn.infrakit_route) var(txn.infrakit_key),map_beg(${pathOf(layout, mapFile(id))})`
  const found = '{ var(txn.infrakit_route) -m found }'
  files.set(
    listenFile(id),
    `${remark}
frontend infrakit-listen-${id} from infrakit
  bind ${where}${tls}
  bind ${layout.handover(id)} mode 600 accept-proxy
  timeout client ${Math.max(...routes.map(({ timeouts }) => timeouts.clientMs))}ms
  http-request set-header X-Forwarded-Proto ${first.tls ? 'https' : 'http'}
  http-request set-var-fmt(txn.infrakit_key) %[req.hdr(host),lower,host_only]%[path]/
  ${lookUp}
  http-request set-var-fmt(txn.infrakit_key) *%[path]/ unless ${found}
  ${lookUp} unless ${found}
  http-request return status 404 content-type text/plain string "No route takes this.\\n" unless { stopping } || ${found}
  # Who still has a connection to a worker that ends is served as the next one would.
  use_backend infrakit-handover-${id} if { stopping }
  use_backend %[var(txn.infrakit_route)]

backend infrakit-handover-${id} from infrakit
  timeout server 1d
  server next ${layout.handover(id)} send-proxy-v2
`,
  )
  const keys = routes.map((route) => `${keyOf(route)} ${backendOf(route.name)}\n`)
  files.set(mapFile(id), keys.sort().join(''))
  if (first.tls) {
    const lines = routes.map(({ name, host }) => `${pathOf(layout, certificateFile(name))}${host ? ` ${host}` : ''}\n`)
    files.set(certificatesFile(id), lines.join(''))
  }
  return files
}

function anywhere(port: number): string {
  return existsSync('/proc/net/if_inet6') ? `:::${port} v4v6` : `*:${port}`
}

/** What a request's host and path have to begin with, a slash at their end. */
function keyOf({ host, pathPrefix }: SettledRoute): string {
  return `${host ?? '*'}${pathPrefix === '/' ? '' : pathPrefix}/`
}

/** The file of a route: its servers are in places that are there beforehand, and are told apart by the remarks above them. Pure. */
export function renderRoute(route: SettledRoute, slots: Slots): string {
  const { name, host, pathPrefix, tls, timeouts } = route
  const listened = { Listen: listenId(route), Host: host, PathPrefix: pathPrefix, TLS: tls, Client: timeouts.clientMs }
  const strip = route.stripPrefix && pathPrefix !== '/'
  const lines = [
    remark,
    `# ${JSON.stringify(listened)}`,
    `backend ${backendOf(name)} from infrakit`,
    ...balances[route.balance],
    `timeout connect ${timeouts.connectMs}ms`,
    `timeout server ${timeouts.serverMs}ms`,
    'option forwardfor',
    'http-request disable-l7-retry unless { method GET HEAD OPTIONS PUT DELETE TRACE }',
    // What is not in the buffer as a whole when it is first sent is never sent again.
    `http-request wait-for-body time ${timeouts.clientMs}ms if { method GET OPTIONS PUT DELETE } { req.hdr_val(content-length) gt 0 } { req.hdr_val(content-length) le ${longestKept} }`,
    ...(strip ? [`http-request replace-path '^${escaped(pathPrefix)}/?(.*)$' '/\\1'`] : []),
    ...checks(route),
    ...slots.flatMap((slot, at) => [`# ${JSON.stringify(slot)}`, `server ${slotName(at)} ${placeOf(slot)}`]),
  ]
  return `${lines.map((line, at) => (at < 3 ? line : `  ${line}`)).join('\n')}\n`
}

const balances = {
  round_robin: ['balance roundrobin'],
  least_conn: ['balance leastconn'],
  ip_hash: ['balance source', 'hash-type consistent'],
} as const

function checks({ backends, host, maxFails, failTimeoutMs }: SettledRoute): string[] {
  const check = backends.find((backend) => backend.check !== undefined)?.check
  const observe = maxFails > 0 ? ` observe layer4 error-limit ${maxFails} on-error mark-down` : ''
  if (!check) {
    // Looked at only when it has failed, to see whether it is back.
    const times = `inter 1d fastinter ${failTimeoutMs}ms downinter ${failTimeoutMs}ms rise 1 fall 1`
    return maxFails > 0 ? [`default-server check ${times}${observe}`] : []
  }
  const { path, intervalMs, timeoutMs, rise, fall } = check
  return [
    'option httpchk',
    `http-check send meth GET uri ${path} ver HTTP/1.1 hdr Host ${host ?? 'localhost'}`,
    'http-check expect status 200-399',
    `timeout check ${timeoutMs}ms`,
    `default-server check inter ${intervalMs}ms rise ${rise} fall ${fall}${observe}`,
  ]
}

function placeOf(slot: Slot | null): string {
  if (!slot || slot.Address === '') return '127.0.0.1:1 weight 1 disabled'
  const { Address, Port, Weight } = slot
  return `${Address.includes(':') ? `[${Address}]` : Address}:${Port} weight ${Weight}`
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** What of a route's file can only be changed by a reload: all but who is in its places. Pure. */
export function structureOf(text: string): string {
  return text.replaceAll(/^ {2}# (null|\{"Backend".*)\n/gm, '').replaceAll(/^( {2}server s\d+) .*$/gm, '$1')
}

/** Who is in the places of a route's file. Throws what `JSON.parse` throws. Pure. */
export function slotsIn(text: string): Slots {
  return [...text.matchAll(/^ {2}# (null|\{"Backend".*)$/gm)].map(
    ([, json]) => JSON.parse(json ?? 'null') as Slot | null,
  )
}
