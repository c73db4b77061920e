/** Names of the containers in which jobs of this process run: others like them are left over. */
export class Unfinished {
  readonly #names = new Set<string>()

  has(name: string): boolean {
    return this.#names.has(name)
  }

  async during<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.#names.add(name)
    try {
      return await work()
    } finally {
      this.#names.delete(name)
    }
  }
}
