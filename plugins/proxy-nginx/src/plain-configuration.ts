import { commonDirectives, listenDirective, proxyDirectives, type Listening } from './lua-configuration.js'
import { serverKey, serversOf, type PreparedRoute } from './prepared.js'

export interface PlainOptions {
  readonly workers: number
  /** Servers that are not well, by `serverKey`. */
  readonly down: ReadonlySet<string>
}

/** A file that the configuration names. */
export interface PlainFile {
  readonly name: string
  readonly text: string
}

/** An nginx without Lua: all that its routes say is in its configuration, and it is reloaded when that changes. */
export function plainConfiguration(
  listening: Listening,
  routes: readonly PreparedRoute[],
  { workers, down }: PlainOptions,
): { configuration: string; files: PlainFile[] } {
  const sorted = [...routes].sort((a, b) => (a.route.name < b.route.name ? -1 : 1))
  const hosts = [...new Set(sorted.map(({ route }) => route.host))].sort()
  const files = sorted.flatMap(({ route, certificate }) =>
    certificate ? [{ name: pemOf(route.name), text: `${certificate.certificate}\n${certificate.key}` }] : [],
  )
  const configuration = `# Written by infrakit-proxy-nginx: what is changed here is lost.
${commonDirectives(workers)}
http {
${proxyDirectives}
  proxy_request_buffering off;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $infrakit_connection;
  proxy_next_upstream error;
  proxy_next_upstream_tries 3;
  server_names_hash_bucket_size 512;
  map $http_upgrade $infrakit_connection { default upgrade; '' ''; }
  map $http_upgrade$request_method $infrakit_kind {
    default fresh; GET kept; HEAD kept; OPTIONS kept; TRACE kept; PUT kept; DELETE kept;
  }
${sorted.map((one) => upstreams(one, down)).join('')}${hosts.map((host) => server(listening, host, sorted)).join('')}${
    hosts.includes(undefined) ? '' : server(listening, undefined, sorted)
  }}
`
  return { configuration, files }
}

function pemOf(name: string): string {
  return `${name}.pem`
}

/** Whatever must not be sent twice never gets a connection that was idle: it may be closed just now. */
function upstreams(prepared: PreparedRoute, down: ReadonlySet<string>): string {
  const { route } = prepared
  const lines = serverLines(prepared, down)
  if (lines.length === 0) return ''
  const balance = route.balance === 'round_robin' ? '' : ` ${route.balance};`
  return `  upstream kept.${route.name} {${balance} ${lines.join(' ')} keepalive 256; keepalive_timeout 60s; }
  upstream fresh.${route.name} {${balance} ${lines.join(' ')} }
`
}

function serverLines({ route, addresses }: PreparedRoute, down: ReadonlySet<string>): string[] {
  return serversOf(route).flatMap(({ server: { name, host, port, share } }) => {
    const address = addresses.get(host)
    if (address === undefined || share === 0 || down.has(serverKey(route.name, name))) return []
    const where = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
    const weight = Math.max(1, Math.round(share * 10_000))
    return [
      `server ${where} weight=${weight} max_fails=${route.maxFails} fail_timeout=${seconds(route.failTimeoutMs)};`,
    ]
  })
}

function seconds(milliseconds: number): string {
  return `${Math.max(1, Math.ceil(milliseconds / 1000))}s`
}

function server(listening: Listening, host: string | undefined, routes: readonly PreparedRoute[]): string {
  const own = routes.filter(({ route }) => route.host === host)
  const taken = new Set(own.map(({ route }) => route.pathPrefix))
  // What no route of this host takes may be one's that takes all hosts.
  const others =
    host === undefined ? [] : routes.filter(({ route }) => route.host === undefined && !taken.has(route.pathPrefix))
  const all = [...own, ...others]
  const directive = listenDirective(listening)
  const listen =
    host === undefined
      ? directive.replace(/ backlog/, ' default_server backlog')
      : directive.replace(/ ipv6only=off| backlog=\d+/g, '')
  const shown = [...own, ...routes].find(({ certificate }) => certificate)?.route.name
  const tls = shown === undefined ? '' : `ssl_certificate ${pemOf(shown)}; ssl_certificate_key ${pemOf(shown)};\n    `
  const rest = all.some(({ route }) => route.pathPrefix === '/') ? '' : '    location / { return 404; }\n'
  return `  server {
    ${listen}
    server_name ${host ?? '_'};
    ${tls}${all.map(locations).join('    ')}${rest}  }
`
}

function locations(prepared: PreparedRoute): string {
  const { route } = prepared
  const { connectMs, serverMs, clientMs } = route.timeouts
  const times = `proxy_connect_timeout ${connectMs}ms; proxy_read_timeout ${serverMs}ms; proxy_send_timeout ${serverMs}ms; client_body_timeout ${clientMs}ms; send_timeout ${clientMs}ms; keepalive_timeout ${clientMs}ms;`
  const prefix = route.pathPrefix
  const strip =
    route.stripPrefix && prefix !== '/' ? ` rewrite ^${prefix.replace(/[.+]/g, '\\$&')}/?(.*)$ /$1 break;` : ''
  const body = serversOf(route).some(({ server }) => server.share > 0)
    ? `{ ${times}${strip} proxy_pass http://$infrakit_kind.${route.name}; }`
    : '{ return 503; }'
  return prefix === '/' ? `location / ${body}\n` : `location = ${prefix} ${body}\n    location ${prefix}/ ${body}\n`
}
