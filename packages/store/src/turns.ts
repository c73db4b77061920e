/** Runs what has the same key one after the other, in the order it was asked for; other keys do not wait. */
export function createTurns(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>()
  return function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const result = (last.get(key) ?? Promise.resolve()).then(work, work)
    last.set(key, result)
    const done = () => void (last.get(key) === result && last.delete(key))
    result.then(done, done)
    return result
  }
}
