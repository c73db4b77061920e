import { refusal } from './refusal.js'

export interface Token {
  readonly kind: 'word' | 'field' | 'variable' | 'string' | 'number' | 'sign'
  /** Of a field without its dot, of a string its value. */
  readonly text: string
  /** White space stands before it: `.A .B` are two things, `.A.B` is one. */
  readonly apart: boolean
}

/** What stands between two pairs of braces. */
export interface Action {
  readonly tokens: readonly Token[]
  /** As written, braces included. */
  readonly text: string
  /** Offset behind its closing braces. */
  readonly end: number
  /** White space around it is taken away. */
  readonly trim: { readonly left: boolean; readonly right: boolean }
  readonly comment: boolean
}

const space = '[ \\t\\r\\n]'
const name = '[\\p{L}_][\\p{L}\\p{Nd}_]*'
const opening = new RegExp(`\\{\\{(?<left>-(?=${space}))?`, 'y')
const comment = new RegExp(`${space}*/\\*(?:(?!\\*/)[^])*\\*/(?<right>${space}+-)?\\}\\}`, 'y')
const closing = new RegExp(`(?<right>${space}+-)?${space}*\\}\\}`, 'y')
const token = new RegExp(
  `(?<gap>${space}*)(?:(?<string>"(?:[^"\\\\\\n]|\\\\.)*")|\`(?<raw>[^\`]*)\`|(?<number>[+-]?\\d+(?:\\.\\d+)?)(?![\\p{L}\\p{Nd}_.])` +
    `|\\$(?<variable>(?:${name})?)|\\.(?<field>${name})|(?<word>${name})|(?<sign>:=|[.|(),=]))`,
  'uy',
)

function at(pattern: RegExp, source: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset
  return pattern.exec(source)
}

/** Go's escapes that JSON has too are read; of the others there is no need. */
function readString(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string
  } catch {
    return undefined
  }
}

function tokenOf({ gap = '', ...found }: Record<string, string | undefined>): Token | undefined {
  const apart = gap !== ''
  if (found['string'] !== undefined) {
    const text = readString(found['string'])
    return text === undefined ? undefined : { kind: 'string', text, apart }
  }
  if (found['raw'] !== undefined) return { kind: 'string', text: found['raw'], apart }
  for (const kind of ['number', 'variable', 'field', 'word', 'sign'] as const) {
    const text = found[kind]
    if (text !== undefined) return { kind, text, apart }
  }
  return undefined
}

/** Reads the action whose braces open at `open`. Throws `input`. */
export function readAction(source: string, open: number, line: number): Action {
  const { left } = at(opening, source, open)?.groups ?? {}
  let offset = opening.lastIndex
  const whole = (end: number) => ({ text: source.slice(open, end), end })
  const noted = at(comment, source, offset)
  if (noted) {
    const trim = { left: left !== undefined, right: noted.groups?.['right'] !== undefined }
    return { tokens: [], ...whole(comment.lastIndex), trim, comment: true }
  }
  const tokens: Token[] = []
  for (;;) {
    const end = at(closing, source, offset)
    if (end) {
      const trim = { left: left !== undefined, right: end.groups?.['right'] !== undefined }
      return { tokens, ...whole(closing.lastIndex), trim, comment: false }
    }
    const one = tokenOf(at(token, source, offset)?.groups ?? {})
    if (!one) throw notUnderstood(source, open, offset, line)
    tokens.push(one)
    offset = token.lastIndex
  }
}

function notUnderstood(source: string, open: number, offset: number, line: number) {
  const end = source.indexOf('}}', offset)
  if (end >= 0) return refusal({ line, action: source.slice(open, end + 2) }, 'is not supported')
  return refusal({ line, action: source.slice(open).split('\n', 1)[0] ?? '' }, 'is not closed with }}')
}
