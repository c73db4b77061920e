import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { findProgram } from '@infrakit/programs'
import { InfrakitError, messageOf } from '@infrakit/spi'

const run = promisify(execFile)

/** The nginx of this machine. */
export interface NginxProgram {
  readonly path: string
  readonly version: string
  /** Where its modules are. */
  readonly modules: string
  /** Files of the Lua module that are not there; none: it can be used. */
  readonly lacks: readonly string[]
}

export const install = 'Install it: apt-get install nginx libnginx-mod-http-lua'
const luaModules = ['ndk_http_module.so', 'ngx_http_lua_module.so']

/** Finds it, and what it can do. Throws `incompatible`, saying what to install. */
export async function findNginx(program: string, modules: string | undefined): Promise<NginxProgram> {
  const path = find(program)
  const about = await run(path, ['-V']).then(
    ({ stderr }) => stderr,
    (cause: unknown) => {
      throw new InfrakitError('incompatible', `cannot run ${path} -V: ${messageOf(cause)}`, { hint: install, cause })
    },
  )
  const [, version = 'of unknown version'] = /nginx version: (\S+)/.exec(about) ?? []
  const folder = modules ?? /--modules-path=(\S+)/.exec(about)?.[1] ?? '/usr/lib/nginx/modules'
  const lacks = luaModules.map((file) => `${folder}/${file}`).filter((file) => !existsSync(file))
  return { path, version, modules: folder, lacks }
}

function find(program: string): string {
  // Users other than root often have no sbin in their path.
  const searchPath = `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin`
  try {
    return findProgram(program, searchPath, process.cwd(), '--nginx')
  } catch (cause) {
    throw new InfrakitError('incompatible', `there is no nginx to start: ${messageOf(cause)}`, { hint: install, cause })
  }
}

/** Throws `incompatible` for a route that wants what only the Lua module gives. */
export function refuseHitless({ lacks, version }: NginxProgram, hitless: boolean): void {
  if (!hitless || lacks.length === 0) return
  const words = `Hitless: ${version} can change routes without failing requests only with its Lua module, and ${lacks.join(', ')} is not there`
  throw new InfrakitError('incompatible', words, {
    path: 'Hitless',
    hint: 'Install libnginx-mod-http-lua and restart the plugin; or set Hitless: false, and changes are made by reloading nginx.',
  })
}
