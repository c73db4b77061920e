/** Half a surrogate pair stands for a character behind all others of two bytes, though its number is smaller. */
function rank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800
  return unit >= 0xd800 ? unit + 0x2000 : unit
}

/** The order of the bytes in UTF-8, which is the database's, and every other registry's. */
export function compareBytes(one: string, other: string): number {
  const shorter = Math.min(one.length, other.length)
  for (let i = 0; i < shorter; i++) {
    const [a, b] = [one.charCodeAt(i), other.charCodeAt(i)]
    if (a !== b) return rank(a) - rank(b)
  }
  return one.length - other.length
}

/** Keys in their order, found by how they begin. */
export class SortedKeys {
  readonly #keys: string[] = []

  add(key: string): void {
    const at = this.#find(key)
    if (this.#keys[at] !== key) this.#keys.splice(at, 0, key)
  }

  remove(key: string): void {
    const at = this.#find(key)
    if (this.#keys[at] === key) this.#keys.splice(at, 1)
  }

  beginningWith(prefix: string): string[] {
    const begin = this.#find(prefix)
    let end = begin
    while (this.#keys[end]?.startsWith(prefix)) end++
    return this.#keys.slice(begin, end)
  }

  /** Where a key is, or belongs. */
  #find(key: string): number {
    let [low, high] = [0, this.#keys.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareBytes(this.#keys[middle] ?? '', key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
