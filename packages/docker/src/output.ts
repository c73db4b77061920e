/** What a container wrote, in the order in which it came. */
export interface Chunk {
  readonly stream: 'stdout' | 'stderr'
  readonly data: Buffer
}

const headerLength = 8

/**
 * Takes the engine's stream of standard output and error apart. Each frame has a header: which stream, three zeros,
 * length as 32 bits. Frames may arrive in any pieces: feed them all, in order.
 */
export function createDemux(onChunk: (chunk: Chunk) => void): (piece: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  let frame: { stream: Chunk['stream']; left: number } | undefined

  function takeHeader(): boolean {
    if (rest.length < headerLength) return false
    frame = { stream: rest.readUInt8(0) === 2 ? 'stderr' : 'stdout', left: rest.readUInt32BE(4) }
    rest = rest.subarray(headerLength)
    return true
  }

  return (piece) => {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    while (frame || takeHeader()) {
      if (!frame) break
      const data = rest.subarray(0, frame.left)
      if (data.length > 0) onChunk({ stream: frame.stream, data })
      rest = rest.subarray(data.length)
      frame.left -= data.length
      if (frame.left > 0) break
      frame = undefined
    }
  }
}

/** Keeps the last bytes of what it is fed. */
export interface Tail {
  add(data: Buffer): void
  text(): string
  /** Whether there was more than is kept. */
  readonly cut: boolean
}

export function createTail(bytes: number): Tail {
  let [kept, length, cut] = [[] as Buffer[], 0, false]
  return {
    add(data) {
      kept.push(data)
      length += data.length
      // Put together only once in a while, so that many small pieces cost no more than one large.
      if (length <= 2 * bytes) return
      kept = [Buffer.concat(kept).subarray(-bytes)]
      length = bytes
      cut = true
    },
    text() {
      return Buffer.concat(kept).subarray(-bytes).toString('utf8')
    },
    get cut() {
      return cut || length > bytes
    },
  }
}

/** Lines of a text, without the empty one after the last line break. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}
