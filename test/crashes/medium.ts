import { randomInt } from 'node:crypto'
import { readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bootstrapHash, tag } from '@infrakit/spi'
import { isInstanceFile, type FoundInstance, type World } from '../faults/world.js'

/** What a group's specification says of its instances. */
export interface InstanceChoice {
  readonly Plugin: string
  readonly Properties: object
}

/** What a group's instances are made of. */
export interface Medium {
  /** What is there, without asking anybody of ours: to ask the group would make it look. */
  instances(group?: string): readonly FoundInstance[] | Promise<readonly FoundInstance[]>
  /** What a group's specification says of its instances. */
  instance(version: number): InstanceChoice
  /** Makes an instance such as a person makes who hands it over to the group. */
  makeByHand(group: string): Promise<void>
  /** What is neither an instance nor anything that is kept beside them. */
  halfMade(): Promise<string[]>
}

export function filesOf({ home, instancesDir, instances }: Pick<World, 'home' | 'instancesDir' | 'instances'>): Medium {
  async function makeByHand(group: string): Promise<void> {
    const id = `instance-${randomInt(1e12)}`
    const Tags = { [tag.group]: group, [tag.configHash]: bootstrapHash }
    const unfinished = join(home, 'unfinished')
    await writeFile(unfinished, JSON.stringify({ ID: id, Tags }))
    await rename(unfinished, join(instancesDir, id))
  }
  return {
    instances,
    instance: (version) => ({ Plugin: 'instance-file', Properties: { Note: `version ${version}` } }),
    makeByHand,
    halfMade: async () => (await readdir(instancesDir)).filter((name) => !isInstanceFile(name)),
  }
}
