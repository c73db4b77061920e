import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

export type Environment = Readonly<Record<string, string | undefined>>

/** The folder of everything that belongs to this user's InfraKit: `$INFRAKIT_HOME`, else `~/.infrakit`. */
export function infrakitHome(env: Environment = process.env): string {
  return resolve(env.INFRAKIT_HOME || join(env.HOME || homedir(), '.infrakit'))
}

/** The folder where plugins have their sockets: `$INFRAKIT_PLUGINS_DIR`, else `plugins` in the home. */
export function pluginsDir(env: Environment = process.env): string {
  return resolve(env.INFRAKIT_PLUGINS_DIR || join(infrakitHome(env), 'plugins'))
}
