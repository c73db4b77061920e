/**
 * Values that are JSON already. JSON.stringify has no way to take a text as it is; it gets a stand-in, which
 * `replaceStandIns` replaces.
 */
interface Writing {
  readonly texts: string[]
  /** Indented texts are for people; what was written without indentation is written anew. */
  readonly indented: boolean
}

/** Nobody outside can know it, so that no text is taken for a stand-in. */
const nonce = globalThis.crypto.randomUUID()
const escapedMark = `"\\u0001${nonce}:`

/** The text being written: `toJSON`, which JSON.stringify calls, is handed nothing that could carry it. */
let current: Writing | undefined

/** For `toJSON`: what stands for a JSON text in the value being written; `undefined` when it is not ours to replace. */
export function standIn(text: () => string): string | undefined {
  return current && `\u0001${nonce}:${current.texts.push(text()) - 1}`
}

export function isIndented(): boolean {
  return current?.indented ?? true
}

/** JSON.stringify, with every stand-in replaced by its text. */
export function stringifyWritten(value: unknown, indent: number | undefined): string | undefined {
  const outer = current
  const writing: Writing = { texts: [], indented: indent !== undefined && indent > 0 }
  current = writing
  let text
  try {
    text = JSON.stringify(value, undefined, indent) as string | undefined
  } finally {
    current = outer
  }
  return text === undefined || writing.texts.length === 0 ? text : replaceStandIns(text, writing.texts)
}

function replaceStandIns(text: string, texts: readonly string[]): string {
  const [first = '', ...rest] = text.split(escapedMark)
  return rest.reduce((whole, part) => {
    const end = part.indexOf('"')
    return whole + (texts[Number(part.slice(0, end))] ?? '') + part.slice(end + 1)
  }, first)
}

/**
 * Has `stringifyJson` write a list by the text that `write` gives, which must be its JSON. For lists that are written
 * often and change seldom. The list must not be changed any more.
 */
export function writtenBy<T extends readonly unknown[]>(list: T, write: () => string): T {
  function toJSON(this: readonly unknown[]): unknown {
    return (isIndented() ? undefined : standIn(write)) ?? [...this]
  }
  return Object.defineProperty(list, 'toJSON', { value: toJSON, configurable: true })
}
