import { isSafeNumber, LosslessNumber, parse } from 'lossless-json'
import { surveyJson } from './json-text.js'
import { standIn, stringifyWritten } from './written.js'

/** Deeper texts are refused, so that nobody who walks a value recursively can overflow the stack. */
const maxNesting = 1000

/** A number as it was written, because a JavaScript number would change it. */
class WrittenNumber extends LosslessNumber {
  toJSON(): string {
    return standIn(() => this.value) ?? this.value
  }
}

function readNumber(text: string): number | WrittenNumber {
  return isSafeNumber(text) ? Number(text) : new WrittenNumber(text)
}

/** The built-in parser's message quotes the text around the mistake, which may be secret: that part is left out. */
function parsePlain(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new SyntaxError((error as Error).message.replace(/,? *(?:\.\.\.)?".*$/s, ''))
  }
}

/**
 * Reads JSON. Numbers that a JavaScript number would change become objects that `stringifyJson` writes as they came;
 * `__proto__` is a key like any other; of a repeated key the last value counts. Throws SyntaxError for anything else
 * than JSON, and for more than 1000 levels of nesting; it never quotes the text.
 */
export function parseJson(text: string): unknown {
  const { depth, longNumbers } = surveyJson(text, maxNesting)
  if (depth > maxNesting) throw new SyntaxError(`JSON nested deeper than ${maxNesting} levels`)
  if (!longNumbers) return parsePlain(text)
  return parse(text, undefined, { parseNumber: readNumber, onDuplicateKey: ({ newValue }) => newValue })
}

/** Writes JSON, as JSON.stringify does (`null` for what has no JSON), with the numbers of `parseJson` as they came. */
export function stringifyJson(value: unknown, indent?: number): string {
  return stringifyWritten(value, indent) ?? 'null'
}

/** Whether a value read by `parseJson` is a number too big or too precise for JavaScript. Its `toString` is the number. */
export function isWrittenNumber(value: unknown): value is { toString(): string } {
  return value instanceof WrittenNumber
}
