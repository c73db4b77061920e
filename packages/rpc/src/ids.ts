import { endOfString } from './json-text.js'

/** Where the raw text of a request's id is. */
export interface IdToken {
  readonly start: number
  readonly end: number
}

/** What follows `"id"` when it is the last key of the message, as Go and our client send it; texts without escapes only. */
const lastValue = /\s*:\s*(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|"[ !#-[\]-\uffff]*"|null)\s*\}\s*$/y

/**
 * Finds the id of a single request when it is the last key of the message. The text is not known to be valid JSON:
 * replacing the token by another id makes it neither more nor less valid.
 */
export function findTrailingId(text: string): IdToken | undefined {
  const key = text.lastIndexOf('"id"')
  // In valid JSON an unescaped quote before a letter begins a string, and a string before a colon is a key.
  if (key < 0 || text[key - 1] === '\\') return undefined
  const rest = new RegExp(lastValue)
  rest.lastIndex = key + 4
  const token = rest.exec(text)?.[1]
  if (token === undefined) return undefined
  const start = text.indexOf(token, key + 4)
  return { start, end: start + token.length }
}

function isIdKey(text: string, start: number, end: number): boolean {
  const key = text.slice(start + 1, end)
  return key === 'id' || (key.includes('\\') && key.length <= 12 && JSON.parse(`"${key}"`) === 'id')
}

function valueAfter(text: string, key: number): string {
  const start = /\s*:\s*/y
  start.lastIndex = key
  start.exec(text)
  const at = start.lastIndex
  if (text[at] === '"') return text.slice(at, endOfString(text, at) + 1)
  const bare = /[^\s,\]}[{]*/y
  bare.lastIndex = at
  return bare.exec(text)?.[0] || (text[at] ?? '')
}

/**
 * The raw text of the id of each message in a valid JSON text: one for a single message, one per element of a batch.
 * `undefined` where there is none; of a repeated id the last counts; of an array or object only the bracket is given.
 */
export function scanIds(text: string, batch: boolean): (string | undefined)[] {
  const level = batch ? 2 : 1
  const ids: (string | undefined)[] = []
  let depth = 0
  let element = 0
  let inMessage = false
  let atKey = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '"') {
      const end = endOfString(text, at)
      if (atKey && inMessage && depth === level) {
        atKey = false
        if (isIdKey(text, at, end)) ids[element] = valueAfter(text, end + 1)
      }
      at = end
    } else if (char === '{' || char === '[') {
      depth++
      if (depth === level) {
        inMessage = char === '{'
        atKey = true
      }
    } else if (char === '}' || char === ']') depth--
    else if (char === ',') {
      if (depth === level) atKey = true
      else if (batch && depth === 1) element++
    }
  }
  return ids
}
