import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder, type Teardown } from '../folder.js'
import { waitUntil } from '../wait.js'
import { docker, unique } from './docker.js'

/** User and password of registries that ask for them; the second is `s3cret-pass` as htpasswd's bcrypt has it. */
export const account = { username: 'me', password: 's3cret-pass' }
const htpasswd = 'me:$2b$05$AFjQpiWcL8XYoVvyYq13k.T2c..d9WSta9jePhfr51FG3/MM9TaF6'

export interface Registry {
  /** As it stands in names of images: `127.0.0.1:PORT`. */
  readonly host: string
  readonly pid: number
  /** Folder of what it has. */
  readonly data: string
}

export interface RegistryOptions {
  /** It asks for an account. */
  readonly authenticated?: boolean
  /** Network namespace of an engine of the test's own, which sees nothing of this machine's 127.0.0.1. */
  readonly namespace?: string
}

/** A registry on a free port, with nothing in it; ended with the test. */
export async function startRegistry(t: Teardown, options: RegistryOptions = {}): Promise<Registry> {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'htpasswd'), `${htpasswd}\n`)
  const auth = options.authenticated ? `auth: {htpasswd: {realm: test, path: ${folder}/htpasswd}}\n` : ''
  const storage = `storage: {filesystem: {rootdirectory: ${folder}/data}}\n`
  await writeFile(join(folder, 'config.yml'), `version: 0.1\n${storage}http: {addr: "127.0.0.1:0"}\n${auth}`)
  const serve = ['docker-registry', 'serve', join(folder, 'config.yml')]
  const within = options.namespace === undefined ? [] : ['nsenter', `--net=/run/netns/${options.namespace}`]
  const [program = '', ...args] = [...within, ...serve]
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const [, port] = await waitUntil('the registry', () => /listening on 127\.0\.0\.1:(\d+)/.exec(log))
  return { host: `127.0.0.1:${port}`, pid: child.pid ?? -1, data: join(folder, 'data') }
}

/** Damages an image in a registry: its name stands for a digest, as ever, and what that names cannot be pulled. */
export async function loseConfig({ data }: Registry, digest: string): Promise<void> {
  const blob = (of: string) => {
    const hex = of.replace('sha256:', '')
    return join(data, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data')
  }
  const { config } = JSON.parse(await readFile(blob(digest), 'utf8')) as { config: { digest: string } }
  await rm(blob(config.digest))
}

/** Gives a local image a name in a registry and pushes it there; the engine forgets the name. Answers the digest. */
export function push(image: string, name: string, configFolder?: string): string {
  docker('tag', image, name)
  const config = configFolder === undefined ? [] : ['--config', configFolder]
  docker(...config, 'push', '--quiet', name)
  const digests = JSON.parse(docker('image', 'inspect', '--format', '{{json .RepoDigests}}', name)) as string[]
  docker('rmi', '--no-prune', name)
  const repository = name.replace(/:[^:/]*$/, '')
  return digests.find((one) => one.startsWith(`${repository}@`))?.slice(repository.length + 1) ?? ''
}

/** An image like another with something of its own in it; removed when the test is over. */
export function variant(t: Teardown, image: string): string {
  const name = `${unique('variant')}:1`
  const container = docker('create', '--label', unique('label'), image)
  docker('commit', '--change', `ENV VARIANT=${name}`, container, name)
  docker('rm', container)
  t.teardown(() => docker('rmi', '--force', name))
  return name
}
