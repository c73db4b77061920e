import type { ListedContainer } from '@infrakit/docker'

/** A container of ours, as its engine lists it or as it is about to. */
export interface OwnContainer extends ListedContainer {
  /** Its end was told and is not listed yet; asking the engine about it takes until then. */
  readonly outpacesList?: true
}

/**
 * Ends that an engine has told of. Its list has a container as running until it is out of its networks, 50 to 150 ms after
 * its end was told: as long as a third of the start of another one.
 */
export class Ends {
  readonly #codes = new Map<string, number>()
  readonly #outOfMemory = new Set<string>()

  /** @param id in full, as everywhere here */
  ended(id: string, exitCode: number): void {
    this.#codes.set(id, exitCode)
  }

  ranOutOfMemory(id: string): void {
    this.#outOfMemory.add(id)
  }

  /** Whether it was told that it used more memory than it may. */
  wasOutOfMemory(id: string): boolean {
    return this.#outOfMemory.has(id)
  }

  /** It runs again, or is gone. */
  forget(id: string): void {
    this.#codes.delete(id)
    this.#outOfMemory.delete(id)
  }

  /** Something may not have been told: the list alone counts. */
  forgetAll(): void {
    this.#codes.clear()
    this.#outOfMemory.clear()
  }

  /** A container as it will be listed. */
  amend(container: ListedContainer): OwnContainer {
    const code = this.#codes.get(container.id)
    if (code === undefined || container.state !== 'running') return container
    const ended = { state: 'exited', status: `Exited (${code})`, ports: [], containerPorts: [], addresses: {} } as const
    return { ...container, ...ended, outpacesList: true }
  }
}
