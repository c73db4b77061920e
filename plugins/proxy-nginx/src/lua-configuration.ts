import { quoted } from './quoted.js'

/** What a `Listen` is to nginx; everything else of its routes can change while it runs. */
export interface Listening {
  /** `''` for all addresses; IPv6 ones without brackets. */
  readonly address: string
  readonly port: number
  readonly tls: boolean
}

export interface LuaOptions {
  /** Where nginx finds the modules. */
  readonly modules: string
  /** Where our Lua is. */
  readonly lua: string
  /** Its own folder. */
  readonly folder: string
  readonly workers: number
}

/** Seconds that a client may be silent: nginx has these fixed, each in a location of its own. */
export const clientSeconds = [1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 300, 600, 1800, 3600, 86_400] as const

/** The first that is as long as wanted. */
export function clientClass(milliseconds: number): number {
  return clientSeconds.find((seconds) => seconds * 1000 >= milliseconds) ?? 86_400
}

/** The `listen` of nginx. */
export function listenDirective({ address, port, tls }: Listening): string {
  const secure = tls ? ' ssl' : ''
  // One socket for both families, as other proxies have it.
  if (address === '') return `listen [::]:${port} ipv6only=off backlog=4096${secure};`
  const host = address.includes(':') ? `[${address}]` : address
  return `listen ${host}:${port} backlog=4096${secure};`
}

/** What both ways of configuring it begin with. */
export function commonDirectives(workers: number): string {
  return `worker_processes ${workers};
worker_shutdown_timeout 1d;
daemon off;
pid nginx.pid;
error_log error.log error;
events { worker_connections 8192; }`
}

/** How requests are handed on. */
export const proxyDirectives = `
  access_log off;
  server_tokens off;
  default_type text/plain;
  types { }
  client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
  client_body_buffer_size 16k;
  client_max_body_size 0;
  large_client_header_buffers 8 64k;
  keepalive_requests 1000000000;
  keepalive_time 1d;
  tcp_nodelay on;
  proxy_http_version 1.1;
  proxy_buffering off;
  proxy_buffer_size 64k;
  proxy_buffers 4 64k;
  proxy_busy_buffers_size 64k;
  proxy_max_temp_file_size 0;
  proxy_ignore_client_abort on;
  proxy_pass_header Server;
  proxy_pass_header Date;
  proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset;
  proxy_pass_header X-Accel-Redirect; proxy_pass_header X-Accel-Expires; proxy_pass_header X-Accel-Limit-Rate;
  proxy_pass_header X-Accel-Buffering; proxy_pass_header X-Accel-Charset;
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header X-Forwarded-Host $http_host;
  proxy_set_header X-Real-IP $remote_addr;
  proxy_set_header Expect "";`

/** An nginx that asks its dictionary where each request is to go. Nothing in it depends on routes. */
export function luaConfiguration(listening: Listening, { modules, lua, folder, workers }: LuaOptions): string {
  return `# Written by infrakit-proxy-nginx: what is changed here is lost.
load_module ${quoted(`${modules}/ndk_http_module.so`)};
load_module ${quoted(`${modules}/ngx_http_lua_module.so`)};
${commonDirectives(workers)}
http {
  lua_package_path ${quoted(`${lua}/?.lua;;`)};
  lua_shared_dict infrakit_state 128m;
  lua_shared_dict infrakit_counts 64m;
  lua_shared_dict infrakit_flight 32m;
  init_by_lua_block {
    require "infrakit.requests"
    require("infrakit.control").load(${quoted(`${folder}/routes`)})
  }
  init_worker_by_lua_block { require("infrakit.flights").open(); require("infrakit.cutting").open() }
${proxyDirectives}
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $infrakit_connection;
  proxy_next_upstream error timeout;
  upstream infrakit_kept {
    server 0.0.0.1;
    balancer_by_lua_block { require("infrakit.requests").balance() }
    keepalive 256;
    keepalive_requests 1000000000;
    keepalive_timeout 60s;
  }
  upstream infrakit_fresh {
    server 0.0.0.1;
    balancer_by_lua_block { require("infrakit.requests").balance() }
  }
  server {
    listen unix:${folder}/control;
    client_max_body_size 64m;
    client_body_buffer_size 64m;
    keepalive_timeout 1d;
    location / { content_by_lua_block { require("infrakit.control").serve() } }
  }
  server {
    ${listenDirective(listening)}${listening.tls ? tlsDirectives : ''}
    set $infrakit_route ''; set $infrakit_uri ''; set $infrakit_connection ''; set $infrakit_upstream '';
    set $infrakit_status '';
    error_page 500 = @failed;
    location @failed { rewrite_by_lua_block { require("infrakit.requests").fail() } }
    log_by_lua_block { require("infrakit.requests").log() }
    location / { rewrite_by_lua_block { require("infrakit.requests").route() } }
${clientSeconds.map(locations).join('\n')}
  }
}
`
}

const tlsDirectives = `
    ssl_certificate placeholder.pem;
    ssl_certificate_key placeholder.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:infrakit_tls:10m;
    ssl_certificate_by_lua_block { require("infrakit.requests").certificate() }`

function locations(seconds: number): string {
  const times = `client_body_timeout ${seconds}s; send_timeout ${seconds}s; keepalive_timeout ${seconds}s;`
  const pass = 'proxy_pass http://$infrakit_upstream$infrakit_uri;'
  return `    location @keep_${seconds} { ${times} ${pass} }
    location @stream_${seconds} { ${times} proxy_request_buffering off; ${pass} }`
}
