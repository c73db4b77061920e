import { fileURLToPath } from 'node:url'
import { createClient, type PluginClient } from '@infrakit/rpc/client'
import type { Teardown } from '@infrakit/testing'
import { docker } from '@infrakit/testing/engine'
import { serveContainers, type ServeContainersOptions, type ServedContainers } from '@infrakit/testing/repository'

export const executable = fileURLToPath(new URL('../../bin/infrakit-instance-docker.js', import.meta.url))

/** What the engine has by that name. Throws when it has nothing. */
export const idOf = (image: string): string => docker('image', 'inspect', '--format', '{{.Id}}', image)

/** Whether the engine has an image of that name or ID. */
export function isThere(image: string): boolean {
  try {
    return idOf(image) !== ''
  } catch {
    return false
  }
}

/** What instances show of themselves. */
export interface Shown {
  readonly Name: string
  readonly Image: string
  readonly Endpoints: { Host: string; Port: number; ContainerPort: number; Protocol: string }[]
  readonly Health?: string
}

/** Runs until it is told to end, and then ends at once. */
export const waits = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1 & wait $!; done']
export const sh = (script: string) => ['sh', '-c', script]

export type Served = ServedContainers<PluginClient, Shown>

/** The plugin as a process of its own, and what speaks to it. All containers of its namespace go with the test. */
export function serve(t: Teardown, options: ServeContainersOptions = {}): Promise<Served> {
  return serveContainers(t, { script: executable, name: 'instance-docker', connect: createClient }, options)
}
