import { containersWith, docker, unique } from '../engine/index.js'
import type { Teardown } from '../folder.js'
import { serveInstances, type Connection, type InstanceProgram, type ServeOptions } from './serve-instances.js'

export type ServeContainersOptions = ServeOptions & { readonly namespace?: string }

/** An instance plugin whose instances are containers, in a namespace of its own. */
export interface ServedContainers<C extends Connection, Shown> extends Awaited<ReturnType<typeof begin<C, Shown>>> {
  /** Ends the plugin and starts it again, on what it left. */
  again(signal?: NodeJS.Signals, more?: ServeOptions): Promise<ServedContainers<C, Shown>>
}

async function begin<C extends Connection, Shown>(
  t: Teardown,
  program: InstanceProgram<C>,
  options: ServeContainersOptions,
) {
  const namespace = options.namespace ?? unique('ns')
  const label = `infrakit.${program.name}`
  const containers = () => containersWith([label, `${label}.job`], namespace)
  t.teardown(() => {
    const left = containers()
    if (left.length > 0) docker('rm', '-fv', ...left)
  })
  const args = ['--namespace', namespace, ...(options.args ?? [])]
  const served = await serveInstances(t, program, { ...options, args })
  return {
    ...served,
    namespace,
    /** The properties that an instance shows, which nobody checks here. */
    shown: async (id: string) => (await served.describe(id))?.Properties as Shown,
    /** All containers of the namespace, those of jobs and half made ones too. */
    containers,
  }
}

/** The plugin as a process of its own, and what speaks to it. All containers of its namespace go with the test. */
export async function serveContainers<C extends Connection, Shown>(
  t: Teardown,
  program: InstanceProgram<C>,
  options: ServeContainersOptions = {},
): Promise<ServedContainers<C, Shown>> {
  const served = await begin<C, Shown>(t, program, options)
  const { home, namespace, started } = served
  return {
    ...served,
    async again(signal = 'SIGKILL', more = {}) {
      await started.end(signal)
      return serveContainers(t, program, { home, namespace, ...more })
    },
  }
}
