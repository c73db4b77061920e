import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { temporaryFolder, waitUntil, type Teardown } from '@infrakit/testing'
import { docker, unique } from '@infrakit/testing/engine'

const execute = promisify(execFile)

/** A Compose project of a user. */
export interface ComposeProject {
  readonly name: string
  readonly file: string
  /** Runs `docker compose` as they do. */
  compose(...args: string[]): Promise<string>
}

/** A Compose file in a folder of its own; what is made of it goes with the test. Made before the world whose plugin uses it. */
export async function createComposeProject(t: Teardown, services: object): Promise<ComposeProject> {
  const name = unique('project')
  const file = join(await temporaryFolder(t), 'compose.json')
  await writeFile(file, JSON.stringify({ services }))
  const found = (...args: string[]) =>
    docker(...args, '-q', '--filter', `label=com.docker.compose.project=${name}`)
      .split('\n')
      .filter(Boolean)
  // A Compose that was given up may still make something.
  t.teardown(() =>
    waitUntil(
      `project ${name} to be gone`,
      () => {
        const containers = found('ps', '-a')
        if (containers.length > 0) docker('rm', '--force', '--volumes', ...containers)
        const networks = found('network', 'ls')
        for (const network of networks) docker('network', 'rm', network)
        return containers.length + networks.length === 0
      },
      60_000,
    ),
  )
  return {
    name,
    file,
    compose: async (...args) => (await execute('docker', ['compose', '-p', name, '-f', file, ...args])).stdout,
  }
}
