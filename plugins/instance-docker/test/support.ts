import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@infrakit/rpc/client'
import {
  eventInterface,
  instanceInterface,
  jobInterface,
  lifecycleInterface,
  logsInterface,
  resolveInterface,
  type InstanceDescription,
  type InstanceSpec,
} from '@infrakit/spi'
import { startProcess, temporaryFolder, waitUntil, type StartedProcess, type Teardown } from '@infrakit/testing'
import { docker, testImage, unique } from '@infrakit/testing/engine'

export const executable = fileURLToPath(new URL('../../bin/infrakit-instance-docker.js', import.meta.url))
export const busybox = testImage

/** Of what the engine tells about a container, what is looked at here. */
export interface Inspected {
  readonly Id: string
  readonly Name: string
  readonly Image: string
  readonly Config: Record<string, unknown> & { Labels: Record<string, string>; Hostname: string; Image: string }
  readonly HostConfig: Record<string, unknown>
  readonly State: { Status: string; Pid: number; ExitCode: number }
  readonly RestartCount: number
  readonly Mounts: { Type: string; Name?: string; Source: string; Destination: string; RW: boolean }[]
  readonly NetworkSettings: {
    Ports: Record<string, { HostIp: string; HostPort: string }[] | null>
    Networks: Record<string, Record<string, unknown> & { IPAddress: string; Aliases: string[] | null }>
  }
}

export function inspect(id: string): Inspected {
  return (JSON.parse(docker('inspect', id)) as Inspected[])[0] as Inspected
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
  const of = (label: string) => docker('ps', '-aq', '--filter', `label=${label}=${namespace}`).split('\n')
  return [...of('infrakit.instance-docker'), ...of('infrakit.instance-docker.job')].filter(Boolean)
}

export interface Served extends Awaited<ReturnType<typeof serve>> {
  readonly started: StartedProcess
}

export interface ServeOptions {
  readonly home?: string
  readonly namespace?: string
  readonly env?: Record<string, string>
  readonly args?: readonly string[]
}

/** The plugin as a process of its own, and what speaks to it. All containers of its namespace go with the test. */
export async function serve(t: Teardown, options: ServeOptions = {}) {
  const home = options.home ?? (await temporaryFolder(t))
  const namespace = options.namespace ?? unique('ns')
  t.teardown(() => {
    const left = containersOf(namespace)
    if (left.length > 0) docker('rm', '-fv', ...left)
  })
  const where = { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: join(home, 'p') }
  const args = ['--namespace', namespace, ...(options.args ?? [])]
  const started = startProcess(t, executable, args, { ...where, ...options.env })
  const path = join(home, 'p/instance-docker')
  const listening = () => {
    if (started.child.exitCode !== null) throw new Error(`it ended: ${started.output()}`)
    return started.output().includes('listening') && existsSync(path)
  }
  await waitUntil('the plugin to listen', listening, 60_000)
  const client = createClient({ path })
  t.teardown(() => client.close())
  const instance = client.bind(instanceInterface)
  const list = async (): Promise<InstanceDescription[]> =>
    (await instance.describeInstances({ Properties: true })).Descriptions
  const describe = async (id: string) => (await list()).find(({ ID }) => ID === id)
  return {
    home,
    namespace,
    path,
    started,
    client,
    instance,
    lifecycle: client.bind(lifecycleInterface),
    logs: client.bind(logsInterface),
    job: client.bind(jobInterface),
    resolve: client.bind(resolveInterface),
    events: client.bind(eventInterface),
    list,
    ids: async () => (await list()).map(({ ID }) => ID).sort(),
    describe,
    shown: async (id: string) => (await describe(id))?.Properties as Shown,
    /** Makes one and gives its ID. */
    make: async (Properties: object, more: Partial<InstanceSpec> = {}) =>
      (await instance.provision({ Spec: { Properties, ...more } })).ID,
    containers: () => containersOf(namespace),
    /** Ends the plugin and starts it again, on what it left. */
    again: async (signal: NodeJS.Signals = 'SIGKILL', more: Partial<ServeOptions> = {}) => {
      await started.end(signal)
      return serve(t, { home, namespace, ...more })
    },
  }
}
