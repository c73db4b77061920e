/** Names of containers that this process is working on and that are nobody's instance: others like them are left over. */
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
