import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { InfrakitError } from '@infrakit/spi'
import type { SettledRoute } from '@infrakit/proxy'

/** Where everything is. */
export interface Layout {
  /** What HAProxy reads with `-f`. */
  readonly conf: string
  /** What the configuration names: maps, certificates, the state file. */
  readonly data: string
  /** Where a configuration is put together to be tried. */
  readonly staged: string
  readonly log: string
  readonly state: string
  readonly runtime: string
  readonly master: string
  /** Is there while the configuration may be newer than what runs. */
  readonly reloading: string
  /** Address of the socket by which a worker that ends hands requests to the next one. */
  handover(listen: string): string
}

/** Longer ones cannot be a socket's, with what HAProxy adds to them for a moment. */
const longestSocket = 90

/** @param driven what the HAProxy has that somebody else runs */
export function layOut(dir: string, driven?: { readonly configDir: string; readonly masterSocket: string }): Layout {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8)
  // Inside a chroot a worker does not reach a path.
  const handover = (listen: string) =>
    driven ? `abns@infrakit-${hash(dir)}-${hash(listen)}` : `unix@${join(dir, `h-${hash(listen)}`)}`
  const runtime = join(dir, 'runtime')
  if (handover('').length - 'unix@'.length > longestSocket) {
    throw new InfrakitError('input', `the path of the state folder ${dir} is too long for sockets in it`, {
      hint: 'Choose a shorter one: --state-dir.',
    })
  }
  return {
    conf: driven?.configDir ?? join(dir, 'conf'),
    data: join(dir, 'data'),
    staged: join(dir, 'staged'),
    log: join(dir, 'haproxy.log'),
    state: join(dir, 'data', 'servers.state'),
    runtime,
    master: driven?.masterSocket ?? join(dir, 'master'),
    reloading: join(dir, 'reloading'),
    handover,
  }
}

export const backendOf = (route: string) => `infrakit-route-${route}`

/** The name of a listening address, as a part of others. */
export const listenId = ({ listen }: Pick<SettledRoute, 'listen'>) =>
  `${(listen.address || 'all').replaceAll(':', '_')}-${listen.port}`

export const baseFile = 'conf/00-infrakit.cfg'
export const listenFile = (id: string) => `conf/10-listen-${id}.cfg`
export const mapFile = (id: string) => `data/listen-${id}.map`
export const certificatesFile = (id: string) => `data/listen-${id}.crts`
export const certificateFile = (route: string) => `data/certificate-${route}.pem`
export const routeFile = (route: string) => `conf/20-route-${route}.cfg`

/** The route whose file this is. */
export const routeOfFile = (file: string) => /^conf\/20-route-(.*)\.cfg$/.exec(file)?.[1]

/** Whether a file is this plugin's, so that it may be removed. */
export const isOurs = (file: string) =>
  /^(conf\/(00-infrakit|10-listen-.*|20-route-.*)\.cfg|data\/(listen-.*\.(map|crts)|certificate-.*\.pem))$/.test(file)

/** The path of one of the files above. */
export function pathOf({ conf, data }: Pick<Layout, 'conf' | 'data'>, file: string): string {
  return file.startsWith('conf/') ? join(conf, file.slice(5)) : join(data, file.slice(5))
}
