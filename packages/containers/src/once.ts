/** Work that is begun once for each key, however often it is asked for meanwhile. */
export class Once<T> {
  readonly #running = new Map<string, Promise<T>>()

  do(key: string, work: () => Promise<T>): Promise<T> {
    const running = this.#running.get(key)
    if (running) return running
    const working = work().finally(() => this.#running.delete(key))
    this.#running.set(key, working)
    return working
  }
}
