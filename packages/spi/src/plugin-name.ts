import { InfrakitError } from './errors.js'

/** `swarm/manager`: the socket `swarm`, and the object `manager` behind it (`''` when the name has no second part). */
export interface PluginName {
  readonly socket: string
  readonly type: string
}

/** Splits a plugin's name. Throws `input` for an empty name or one that would leave the plugin folder. */
export function parsePluginName(name: string): PluginName {
  const slash = name.indexOf('/')
  const socket = slash < 0 ? name : name.slice(0, slash)
  if (socket === '' || socket === '.' || socket === '..' || /[\0\\]/.test(socket)) {
    throw new InfrakitError('input', `'${name}' is not a plugin name; expected NAME or NAME/TYPE`)
  }
  return { socket, type: slash < 0 ? '' : name.slice(slash + 1) }
}
