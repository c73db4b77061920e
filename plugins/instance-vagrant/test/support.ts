import { join } from 'node:path'
import { readdirSync, writeFileSync } from 'node:fs'
import { findProgram } from '@infrakit/programs'
import { InfrakitError, type InstanceDescription } from '@infrakit/spi'
import { skipFor, temporaryFolder, type Teardown } from '@infrakit/testing'
import { docker, testImage } from '@infrakit/testing/engine'
import { createVagrantPlugin, type VagrantPlugin, type VagrantPluginOptions } from '../src/plugin.js'

/** Option of tests that make machines: of containers, as those are there in seconds. */
export const needsVagrant = { skip: skipFor(['vagrant', 'docker', 'busybox']) }

/** A Vagrantfile whose machine is a container. */
export function vagrantfile(image = testImage('busybox')): string {
  return `require "json"
Vagrant.configure("2") do |config|
  own = JSON.parse(File.read(File.join(__dir__, "instance.json")))
  config.vm.synced_folder ".", "/vagrant", disabled: true
  config.vm.provider "docker" do |container|
    container.image = "${image}"
    container.has_ssh = false
    container.name = "ik-" + own["ID"]
    container.env = { "WHO" => own["LogicalID"].to_s }
    container.create_args = ["--init", "--stop-timeout", "1", "--tmpfs", "/run:exec"]
    container.cmd = ["sleep", "100000"]
  end
end
`
}

export interface Opened extends VagrantPlugin {
  readonly dir: string
  readonly events: string[]
  list(): Promise<InstanceDescription[]>
  make(more?: object): Promise<string>
}

/** Properties by which a plugin on this folder makes containers. */
export function containerProperties(dir: string): object {
  writeFileSync(join(dir, 'container.rb'), vagrantfile())
  return { Vagrantfile: 'container.rb', Provider: 'docker' }
}

/** Removes the containers of instances whatever became of them. */
export function removeContainers(ids: Iterable<string>): void {
  for (const id of ids) {
    try {
      docker('rm', '--force', '--volumes', `ik-${id}`)
    } catch {
      // It is gone already.
    }
  }
}

/** A plugin on a folder (a new one unless given), closed when the test is over, with all that it made. */
export async function open(t: Teardown, options: Partial<VagrantPluginOptions> = {}): Promise<Opened> {
  const dir = options.dir ?? (await temporaryFolder(t))
  const events: string[] = []
  const ids = new Set<string>()
  const plugin = await createVagrantPlugin({
    dir,
    program: findProgram('vagrant', process.env['PATH'] ?? '', dir, 'vagrant'),
    pollInterval: 300,
    log: { warn: () => undefined },
    publish: ({ Topic, ID }) => {
      ids.add(ID)
      events.push(`${Topic.replace('instance/', '')} ${ID}`)
    },
    ...options,
  })
  t.teardown(async () => {
    await plugin.stop()
    removeContainers(ids)
  })
  const properties = containerProperties(dir)
  return {
    ...plugin,
    dir,
    events,
    list: async () => (await plugin.instance.describeInstances({ Properties: true })).Descriptions,
    make: async (more = {}) => (await plugin.instance.provision({ Spec: { Properties: properties, ...more } })).ID,
  }
}

/** What a call rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<InfrakitError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof InfrakitError) return error
    throw error
  }
  throw new Error('expected a rejection')
}

/** Folders of instances. */
export const foldersIn = (dir: string) => readdirSync(dir).filter((name) => name.startsWith('infrakit-'))
