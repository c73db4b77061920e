import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient, type PluginClient } from '@infrakit/rpc/client'
import { skipFor, temporaryFolder, type Teardown } from '@infrakit/testing'
import { docker, testImage, unique } from '@infrakit/testing/engine'
import { serveContainers, type ServeContainersOptions, type ServedContainers } from '@infrakit/testing/repository'

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

export type Served = ServedContainers<PluginClient, Shown>

/** The plugin as a process of its own, and what speaks to it. All containers of its namespace go with the test. */
export function serve(t: Teardown, options: ServeContainersOptions = {}): Promise<Served> {
  return serveContainers(t, { script: executable, name: 'instance-compose', connect: createClient }, options)
}
