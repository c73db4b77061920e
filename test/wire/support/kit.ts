import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startProcess, temporaryFolder, waitUntil, type StartedProcess, type Teardown } from '@infrakit/testing'
import type { InstanceDescription } from '@infrakit/spi'
import type { RawReply, RawRequest } from './recording.js'
import { call, send } from './wire.js'

// Compiled, this file is in test/dist/wire/support.
const root = fileURLToPath(new URL('../../../../', import.meta.url))

const executables = {
  group: 'plugins/group/bin/infrakit-group-default.js',
  'instance-file': 'plugins/instance-file/bin/infrakit-instance-file.js',
  'flavor-vanilla': 'plugins/flavor-vanilla/bin/infrakit-flavor-vanilla.js',
  'flavor-combo': 'plugins/flavor-combo/bin/infrakit-flavor-combo.js',
} as const

export type OurPlugin = keyof typeof executables

export function isOurPlugin(name: string): name is OurPlugin {
  return Object.hasOwn(executables, name)
}

/** A group as `DescribeGroup` shows it, as far as tests look at it. */
export interface GroupState {
  readonly Instances: InstanceDescription[]
  readonly Converged: boolean
}

/** Our plugins, running as processes of their own in an environment of their own. */
export interface Kit {
  /** Where plugins have their sockets. */
  readonly plugins: string
  /** Where instance-file keeps its files. */
  readonly instances: string
  readonly processes: ReadonlyMap<OurPlugin, StartedProcess>
  socket(plugin: string): string
  call(plugin: string, method: string, params?: object): Promise<Record<string, unknown>>
  /** Sends a request as it is. */
  send(plugin: string, request: RawRequest): Promise<RawReply>
  describeGroup(id: string): Promise<GroupState>
  groups(): Promise<{ ID: string; Properties: unknown }[]>
  /** Waits until every group says that it has converged; one that is being destroyed, until it is gone. */
  settled(): Promise<void>
  files(): Promise<string[]>
  /** Puts a file into the folder of instance-file as another program would, and waits until it is seen. */
  putFile(id: string, file: object): Promise<void>
  readFile(id: string): Promise<string>
  /** Removes an instance behind the plugin's back, and waits until it is seen to be gone. */
  removeFile(id: string): Promise<void>
}

/** Machines that run much else at the same time are slow. */
function within30s<T>(what: string, condition: () => T | Promise<T>) {
  return waitUntil(what, condition, 30_000)
}

/** Starts the named plugins and waits until each answers. They end with the test. */
export async function startKit(t: Teardown, names: readonly OurPlugin[]): Promise<Kit> {
  const home = await temporaryFolder(t)
  const plugins = join(home, 'plugins')
  const instances = join(home, 'tutorial')
  await mkdir(instances, { mode: 0o700 })
  const socket = (plugin: string) => join(plugins, plugin)
  const processes = new Map<OurPlugin, StartedProcess>()
  const env = { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: plugins }
  for (const name of names) {
    const args = name === 'instance-file' ? ['--dir', instances] : []
    processes.set(name, startProcess(t, join(root, executables[name]), args, env))
  }
  for (const [name, { output, child }] of processes) {
    await within30s(`${name} to answer`, () => {
      if (child.exitCode !== null) throw new Error(`it ended: ${output()}`)
      return call(socket(name), 'Handshake.Hello', {})
    })
  }

  const kit: Kit = {
    plugins,
    instances,
    processes,
    socket,
    call: (plugin, method, params = {}) => call(socket(plugin), method, params),
    send: (plugin, request) => send(socket(plugin), request),
    async describeGroup(ID) {
      return (await kit.call('group', 'Group.DescribeGroup', { ID })).Description as GroupState
    },
    async groups() {
      const { Groups } = await kit.call('group', 'Group.InspectGroups')
      return (Groups ?? []) as { ID: string; Properties: unknown }[]
    },
    async settled() {
      await within30s('every group to converge or to be gone', async () => {
        for (const { ID } of await kit.groups()) {
          const description = await kit.describeGroup(ID)
          if (!description.Converged) throw new Error(`${ID}: ${JSON.stringify(description)}`)
        }
        return true
      })
    },
    async files() {
      return (await readdir(instances)).filter((name) => name.startsWith('instance-')).sort()
    },
    async putFile(id, file) {
      // Renamed into place: what is tested here is not how half a file is read.
      const unfinished = join(home, id)
      await writeFile(unfinished, JSON.stringify(file, null, '  '))
      await rename(unfinished, join(instances, id))
      await within30s(`${id} to be listed`, async () => (await listed()).includes(id))
    },
    readFile: (id) => readFile(join(instances, id), 'utf8'),
    async removeFile(id) {
      await rm(join(instances, id), { force: true })
      await within30s(`${id} to be gone from the list`, async () => !(await listed()).includes(id))
    },
  }

  async function listed(): Promise<string[]> {
    const { Descriptions } = await kit.call('instance-file', 'Instance.DescribeInstances', { Tags: {} })
    return (Descriptions as InstanceDescription[]).map(({ ID }) => ID)
  }
  return kit
}
