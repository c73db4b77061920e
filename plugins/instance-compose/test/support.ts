import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@infrakit/rpc/client'
import { skipFor, temporaryFolder, type Teardown } from '@infrakit/testing'
import { containersWith, docker, testImage, unique } from '@infrakit/testing/engine'
import { serveInstances, type ServeOptions } from '@infrakit/testing/repository'

export const executable = fileURLToPath(new URL('../../bin/infrakit-instance-compose.js', import.meta.url))

/** Option of tests that make instances. */
export const needsCompose = { skip: skipFor(['docker', 'compose', 'busybox']) }

/** What all services are made of. */
const busybox = needsCompose.skip ? '' : testImage('busybox')

/** Runs until it is told to end, and then ends at once. `$$` is what a Compose file calls a dollar. */
export const waits = `[sh, -c, 'trap "exit 0" TERM; sleep 1000 & wait $$!']`

/** What instances show of themselves. */
export interface Shown {
  readonly Name: string
  readonly Project: string
  readonly Service: string
  readonly ComposeService: string
  readonly Endpoints: { Host: string; Port: number; ContainerPort: number; Protocol: string }[]
  readonly Health?: string
}

const lines = (text: string) => text.split('\n').filter(Boolean)

/** A project of a user: its folder, and what they type there. */
export interface Project {
  readonly name: string
  readonly folder: string
  readonly file: string
  /** Runs `docker compose` as its owner does; throws with what it says. */
  compose(...args: string[]): string
  /** Writes further files, or the same anew. */
  write(files: Readonly<Record<string, string>>): Promise<void>
  /** Names of all its containers, whoever made them. */
  containers(): string[]
}

function removeProject(name: string): void {
  const label = `label=com.docker.compose.project=${name}`
  const kinds = [
    [
      ['ps', '-aq', '--filter', label],
      ['rm', '-fv'],
    ],
    [
      ['network', 'ls', '-q', '--filter', label],
      ['network', 'rm'],
    ],
    [
      ['volume', 'ls', '-q', '--filter', label],
      ['volume', 'rm', '-f'],
    ],
  ] as const
  for (const [list, remove] of kinds) {
    const found = lines(docker(...list))
    if (found.length > 0) docker(...remove, ...found)
  }
}

/** Files in a folder of their own, the project's name in `PROJECT` and the test image in `IMAGE` filled in. All goes with the test. */
export async function userProject(
  t: Teardown,
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Project> {
  const folder = await temporaryFolder(t)
  const name = unique('project')
  const fill = (text: string) => text.replaceAll('IMAGE', busybox).replaceAll('PROJECT', name)
  async function write(some: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, text] of Object.entries(some)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), fill(text))
    }
  }
  await write(files)
  t.teardown(() => removeProject(name))
  const file = join(folder, Object.keys(files)[0] ?? 'compose.yml')
  return {
    name,
    folder,
    file,
    write,
    compose: (...args) =>
      execFileSync('docker', ['compose', '--project-name', name, '--file', file, ...args], {
        encoding: 'utf8',
        cwd: folder,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      }).trim(),
    containers: () =>
      lines(
        docker('ps', '-a', '--format', '{{.Names}}', '--filter', `label=com.docker.compose.project=${name}`),
      ).sort(),
  }
}

/** All containers of a namespace, those of jobs and half made ones too. */
export function containersOf(namespace: string): string[] {
  return containersWith(['infrakit.instance-compose', 'infrakit.instance-compose.job'], namespace)
}

type Options = ServeOptions & { readonly namespace?: string }

export interface Served extends Awaited<ReturnType<typeof begin>> {
  /** Ends the plugin and starts it again, on what it left. */
  again(signal?: NodeJS.Signals, more?: ServeOptions): Promise<Served>
}

async function begin(t: Teardown, options: Options) {
  const namespace = options.namespace ?? unique('ns')
  t.teardown(() => {
    const left = containersOf(namespace)
    if (left.length > 0) docker('rm', '-fv', ...left)
  })
  const program = { script: executable, name: 'instance-compose', connect: createClient }
  const args = ['--namespace', namespace, ...(options.args ?? [])]
  const served = await serveInstances(t, program, { ...options, args })
  return {
    ...served,
    namespace,
    shown: async (id: string) => (await served.describe(id))?.Properties as Shown,
    containers: () => containersOf(namespace),
  }
}

/** The plugin as a process of its own, and what speaks to it. All containers of its namespace go with the test. */
export async function serve(t: Teardown, options: Options = {}): Promise<Served> {
  const served = await begin(t, options)
  const { home, namespace, started } = served
  return {
    ...served,
    async again(signal = 'SIGKILL', more = {}) {
      await started.end(signal)
      return serve(t, { home, namespace, ...more })
    },
  }
}
