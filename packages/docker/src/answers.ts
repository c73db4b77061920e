import { strangeAnswer } from './engine-errors.js'
import type { Engine } from './engine.js'

export type Fields = Readonly<Record<string, unknown>>

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value)
}

/** The field of an object, an empty one when it is absent or something else. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {}
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}

/** A map of texts, e.g. labels. */
export function labelsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fieldsOf(value)).map(([key, one]) => [key, textOf(one)]))
}

/**
 * An answer that must be an object with certain texts in it: what stands between us and the engine may answer anything.
 *
 * @throws InfrakitError `unavailable` when it is not
 */
export function expectObject(engine: Engine, attempt: string, value: unknown, texts: readonly string[]): Fields {
  if (isFields(value) && texts.every((name) => textOf(value[name]) !== '')) return value
  throw strangeAnswer(attempt, engine.where)
}

/** As `expectObject`, for a list of them; the engine says `null` for an empty one in places. */
export function expectList(engine: Engine, attempt: string, value: unknown, texts: readonly string[]): Fields[] {
  if (value === null) return []
  if (!Array.isArray(value)) throw strangeAnswer(attempt, engine.where)
  return value.map((one) => expectObject(engine, attempt, one, texts))
}
