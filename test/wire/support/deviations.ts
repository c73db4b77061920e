import type { Difference } from './compare.js'
import { readWireFile } from './recording.js'

/** Something that we answer otherwise than the original did, on purpose. */
export interface Deviation {
  /** `HEAD.json`, `sessions/HEAD.jsonl`. */
  readonly file: string
  /** Method or name of the exchange. */
  readonly name: string
  /** Which exchange of the file; absent: all of that name that show it. */
  readonly index?: number
  /** Where the answers differ, as `Difference.path`. */
  readonly differs: readonly string[]
  readonly reason: string
}

export interface Place {
  readonly file: string
  readonly name: string
  readonly index: number
}

/** The deviations of one file: takes out what is expected, and remembers which of them were needed. */
export interface Expected {
  /** Differences that no deviation explains. */
  unexpected(at: Place, differences: readonly Difference[]): Difference[]
  /** Whether some deviation is listed for that very exchange. */
  covers(at: Place): boolean
  /** Deviations, or parts of them, that no exchange has shown. */
  unneeded(): string[]
}

function appliesTo(deviation: Deviation, { file, name, index }: Place): boolean {
  return deviation.file === file && deviation.name === name && (deviation.index ?? index) === index
}

export function readDeviations(): Deviation[] {
  return JSON.parse(readWireFile('deviations.json')) as Deviation[]
}

export function expectDeviations(all: readonly Deviation[], file: string): Expected {
  const listed = all.filter((deviation) => deviation.file === file)
  const open = new Set(listed.flatMap((deviation) => deviation.differs.map((path) => label(deviation, path))))
  return {
    unexpected(at, differences) {
      const applying = listed.filter((deviation) => appliesTo(deviation, at))
      return differences.filter(({ path }) => {
        const explaining = applying.filter(({ differs }) => differs.includes(path))
        for (const deviation of explaining) open.delete(label(deviation, path))
        return explaining.length === 0
      })
    },
    covers: (at) => listed.some((deviation) => appliesTo(deviation, at)),
    unneeded: () => [...open],
  }
}

function label({ file, name, index }: Deviation, path: string): string {
  return `${file} ${name}${index === undefined ? '' : ` (${index})`}: ${path}`
}
