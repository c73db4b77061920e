import {
  eventInterface,
  instanceInterface,
  jobInterface,
  lifecycleInterface,
  logsInterface,
  prepareInterface,
  resolveInterface,
  type InstanceDescription,
  type InstanceSpec,
  type InterfaceDefinition,
} from '@infrakit/spi'
import { transportTo } from '../conformance/transport.js'
import { temporaryFolder, type Teardown } from '../folder.js'
import { socketIn, startIn, type PluginProgram } from './place.js'

/** What calls a plugin, as `createClient` of @infrakit/rpc makes it. Handed in: the tests of that package use this one. */
export interface Connection {
  bind<H>(definition: InterfaceDefinition<H>): H
  close(): void
}

export interface InstanceProgram<C extends Connection> extends PluginProgram {
  readonly connect: (address: { readonly path: string }) => C
}

export interface ServeOptions {
  /** Where it keeps what it keeps; default a folder that goes with the test. */
  readonly home?: string
  readonly env?: Record<string, string>
  readonly args?: readonly string[]
}

/** An instance plugin that runs as a process of its own, and what speaks to it. Ends with the test; its instances do not. */
export async function serveInstances<C extends Connection>(
  t: Teardown,
  program: InstanceProgram<C>,
  options: ServeOptions = {},
) {
  const home = options.home ?? (await temporaryFolder(t))
  const started = await startIn(t, home, program, options)
  const path = socketIn(home, program.name)
  const client = program.connect({ path })
  t.teardown(() => client.close())
  const instance = client.bind(instanceInterface)
  const list = async (): Promise<InstanceDescription[]> =>
    (await instance.describeInstances({ Properties: true })).Descriptions
  return {
    home,
    path,
    started,
    client,
    instance,
    lifecycle: client.bind(lifecycleInterface),
    logs: client.bind(logsInterface),
    job: client.bind(jobInterface),
    resolve: client.bind(resolveInterface),
    prepare: client.bind(prepareInterface),
    events: client.bind(eventInterface),
    list,
    ids: async () => (await list()).map(({ ID }) => ID).sort(),
    describe: async (id: string) => (await list()).find(({ ID }) => ID === id),
    /** Makes one and gives its ID. */
    make: async (Properties: object, more: Partial<InstanceSpec> = {}) =>
      (await instance.provision({ Spec: { Properties, ...more } })).ID,
    /** What it tells from now on, each event as it is sent. */
    hear: () => hear(t, path),
  }
}

async function hear(t: Teardown, path: string): Promise<string[]> {
  const heard: string[] = []
  const ending = new AbortController()
  t.teardown(() => ending.abort())
  await new Promise<void>((connected, reject) => {
    const listener = { connected, event: (text: string) => void heard.push(text), signal: ending.signal }
    transportTo({ path }).listen?.('', listener).catch(reject)
  })
  return heard
}
