const quote = 0x22
const backslash = 0x5c

/** Position of the quote that ends the string whose opening quote is at `start`; the text's length when there is none. */
export function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at
    while (text.charCodeAt(before - 1) === backslash) before--
    if ((at - before) % 2 === 0) return at
  }
  return text.length
}

/** What has to be known of a JSON text before it is parsed. */
export interface Survey {
  /** How deep its arrays and objects nest; where that is more than the limit, some number above it. */
  readonly depth: number
  /** It has a number that a JavaScript number might not hold: 16 characters and more, or an exponent of three digits. */
  readonly longNumbers: boolean
}

const longestPlain = 15
const longExponent = /[eE][+-]?\d{3}/

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** Whether a character other than a digit can be in a number: one of `+ - . E e`. */
function isInNumber(code: number): boolean {
  return code === 0x2b || code === 0x2d || code === 0x2e || code === 0x45 || code === 0x65
}

/** Looks through a text once, without a look into its strings. The text need not be valid JSON. */
export function surveyJson(text: string, limit: number): Survey {
  let depth = 0
  let deepest = 0
  let longNumbers = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) at = endOfString(text, at)
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > deepest) deepest = depth
      if (depth > limit) break
    } else if (code === 0x5d || code === 0x7d) depth--
    else if (isDigit(code) && !longNumbers) {
      const start = at
      for (let next = text.charCodeAt(at + 1); isDigit(next) || isInNumber(next); next = text.charCodeAt(at + 1)) at++
      const length = at - start + 1
      longNumbers = length > longestPlain || (length > 4 && longExponent.test(text.slice(start, at + 1)))
    }
  }
  return { depth: deepest, longNumbers }
}
