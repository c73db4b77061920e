/** Pairs of recorded and live instance IDs. */
export interface IdMap {
  link(recorded: string, live: string): void
  /** Takes all pairs apart. */
  forget(): void
  live(recorded: string): string | undefined
  recorded(live: string): string | undefined
  /** A recorded text with the live IDs. */
  toLive(text: string): string
  /** A live text with the recorded IDs. */
  toRecorded(text: string): string
}

const instanceId = /\binstance-\d+\b/g

export function createIdMap(): IdMap {
  const lives = new Map<string, string>()
  const recordeds = new Map<string, string>()
  const swap = (text: string, map: ReadonlyMap<string, string>) => text.replace(instanceId, (id) => map.get(id) ?? id)
  return {
    link(recorded, live) {
      lives.set(recorded, live)
      recordeds.set(live, recorded)
    },
    forget() {
      lives.clear()
      recordeds.clear()
    },
    live: (recorded) => lives.get(recorded),
    recorded: (live) => recordeds.get(live),
    toLive: (text) => swap(text, lives),
    toRecorded: (text) => swap(text, recordeds),
  }
}

const base32Alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const groups = bits.match(/.{1,5}/g) ?? []
  return groups.map((five) => base32Alphabet[parseInt(five.padEnd(5, '0'), 2)]).join('')
}

/** A recorded text with every config hash in the form and under the tag that we write (v0.5's). */
export function withOurHashes(text: string): string {
  return text
    .replace(/("infrakit\.config_sha":\s*")([\w-]{27}=)"/g, (_all, key: string, hash: string) => {
      return `${key}${base32(Buffer.from(hash, 'base64url'))}"`
    })
    .replaceAll('"infrakit.config.hash"', '"infrakit.config_sha"')
}

/** A live text with the folder under which the original ran instead of ours. */
export function withFolder(text: string, live: string, recorded: string): string {
  return text.replaceAll(live, recorded)
}

/** The folder of the file plugin in an error of the original, e.g. `tutorial`. */
export function recordedFolder(text: string): string | undefined {
  return /\b(?:remove|open) ([\w/]*tutorial)\//.exec(text)?.[1]
}
