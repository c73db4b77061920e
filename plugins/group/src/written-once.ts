import { Groups } from '@infrakit/group'
import { stringifyJson, writtenBy } from '@infrakit/rpc'
import type { InstanceDescription } from '@infrakit/spi'

/** A list of instances stays the same object while nothing changes: then it is written as JSON only once. */
export class WrittenOnce extends Groups {
  readonly #texts = new WeakMap<readonly InstanceDescription[], string>()

  override async describeGroup(request: { ID: string }) {
    const { Description } = await super.describeGroup(request)
    const { Instances } = Description
    return { Description: { ...Description, Instances: writtenBy(Instances, () => this.#textOf(Instances)) } }
  }

  #textOf(list: readonly InstanceDescription[]): string {
    const text = this.#texts.get(list) ?? stringifyJson([...list])
    this.#texts.set(list, text)
    return text
  }
}
