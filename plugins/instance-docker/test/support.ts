import { fileURLToPath } from 'node:url'
import { createClient } from '@infrakit/rpc/client'
import type { Teardown } from '@infrakit/testing'
import { containersWith, docker, unique } from '@infrakit/testing/engine'
import { serveInstances, type ServeOptions } from '@infrakit/testing/repository'

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

/** All containers of a namespace, those of jobs and half made ones too. */
export function containersOf(namespace: string): string[] {
  return containersWith(['infrakit.instance-docker', 'infrakit.instance-docker.job'], namespace)
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
  const program = { script: executable, name: 'instance-docker', connect: createClient }
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
