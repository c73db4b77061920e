import { homedir } from 'node:os'
import { join } from 'node:path'
import { InfrakitError } from '@infrakit/spi'
import { configFolder, readDockerConfig, type DockerConfig } from './config-file.js'
import { askHelper } from './credential-helper.js'

/** What the engine is given to show to a registry. Secret: it is neither logged nor part of any error. */
export interface RegistryAuth {
  readonly username?: string
  readonly password?: string
  /** Takes the place of a password. */
  readonly identitytoken?: string
  readonly serveraddress: string
}

export interface AuthOptions {
  /** Default: those of this process. */
  readonly env?: NodeJS.ProcessEnv
  readonly home?: string
}

/** The names under which Docker's own programs keep the credentials of a registry, best first. Pure. */
export function keysOf(registry: string): readonly string[] {
  return registry === 'docker.io' ? ['https://index.docker.io/v1/', 'docker.io', 'index.docker.io'] : [registry]
}

function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/, '')
}

function storedIn(config: DockerConfig, registry: string): { auth?: string; identitytoken?: string } | undefined {
  const auths = config.auths ?? {}
  const keys = keysOf(registry)
  const exact = keys.find((key) => Object.hasOwn(auths, key))
  const key = exact ?? Object.keys(auths).find((one) => keys.some((wanted) => hostOf(one) === hostOf(wanted)))
  return key === undefined ? undefined : auths[key]
}

/** The helper that is responsible for a registry, and the key it is asked for; its own one goes before the general. Pure. */
export function helperFor(config: DockerConfig, registry: string): { name: string; key: string } | undefined {
  const keys = keysOf(registry)
  const own = keys.find((key) => config.credHelpers && Object.hasOwn(config.credHelpers, key))
  if (own !== undefined) return { name: config.credHelpers?.[own] ?? '', key: own }
  return config.credsStore ? { name: config.credsStore, key: keys[0] ?? registry } : undefined
}

function decode(auth: string, registry: string, path: string): { username: string; password: string } {
  const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '')
  const colon = text.indexOf(':')
  if (colon > 0) return { username: text.slice(0, colon), password: text.slice(colon + 1) }
  throw new InfrakitError('input', `${path}: what is stored for ${registry} is no user and password in base64`, {
    path: `auths.${registry}.auth`,
    hint: `Log in again: \`docker login ${registry}\`.`,
  })
}

/**
 * The credentials for a registry, as Docker's own programs have stored them: from the credential helper of the registry,
 * from the general one, or from `config.json` itself. `undefined` when there are none: it is then asked without.
 *
 * @param registry host with port, as in `ImageReference`
 * @throws InfrakitError `input` when the configuration is damaged or a helper fails
 */
export async function registryAuth(registry: string, options: AuthOptions = {}): Promise<RegistryAuth | undefined> {
  const { env = process.env, home = homedir() } = options
  const folder = configFolder(env, home)
  const config = await readDockerConfig(folder)
  const serveraddress = keysOf(registry)[0] ?? registry
  const helper = helperFor(config, registry)
  const found = helper && (await askHelper(helper.name, helper.key, env))
  if (found?.user === '<token>') return { identitytoken: found.secret, serveraddress }
  if (found) return { username: found.user, password: found.secret, serveraddress }
  const stored = storedIn(config, registry)
  if (stored?.identitytoken) return { identitytoken: stored.identitytoken, serveraddress }
  if (stored?.auth) return { ...decode(stored.auth, registry, join(folder, 'config.json')), serveraddress }
  return undefined
}
