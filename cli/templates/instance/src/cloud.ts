import { parseJson, stringifyJson } from '@infrakit/rpc'
import type { InstanceSpec, Tags } from '@infrakit/spi'
import { openStore } from '@infrakit/store'

/** One machine, as the cloud has it. */
export interface Machine {
  readonly name: string
  /** What it was asked to be, with its tags as they are now. */
  readonly spec: InstanceSpec
}

/** What the plugin needs of a cloud. */
export interface Cloud {
  /**
   * Makes a machine and answers once it is there, with all its tags. All of it or nothing, also when the plugin is
   * killed half way: where that takes several calls, put the tags on last, and let `list` pass over what has none.
   */
  create(name: string, spec: InstanceSpec): Promise<void>
  find(name: string): Promise<Machine | undefined>
  /**
   * Every machine that the plugin made. Throws when one may be missing: a group takes what is not listed for lost, and
   * makes another. Mind the pages of a long answer.
   */
  list(): Promise<Machine[]>
  setTags(name: string, tags: Tags): Promise<void>
  /** Answers once it is gone. */
  remove(name: string): Promise<void>
}

/**
 * YOUR CLOUD: put its calls here. What stands here plays a cloud: each machine is a file in a folder, which is enough to
 * be a right plugin, and to see what one is asked for.
 */
export async function openCloud(dir: string): Promise<Cloud> {
  // These two keep every digit of a number, which JSON.parse would round.
  const files = await openStore<InstanceSpec>(dir, { format: { parse: parseJson, stringify: stringifyJson } })

  async function find(name: string): Promise<Machine | undefined> {
    const spec = await files.read(name)
    return spec && { name, spec }
  }

  return {
    find,
    create: (name, spec) => files.write(name, spec),
    async list() {
      const machines = await Promise.all((await files.keys()).map(find))
      return machines.filter((machine) => machine !== undefined) // some went since the keys were read
    },
    async setTags(name, Tags) {
      const machine = await find(name)
      if (machine) await files.write(name, { ...machine.spec, Tags })
    },
    remove: (name) => files.remove(name),
  }
}
