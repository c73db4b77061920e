import { readAction, type Action } from './tokens.js'

/** A template cut at its actions, comments left out; text is trimmed as the actions beside it ask for. */
export type Piece = string | (Action & { readonly line: number })

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\r' || character === '\n'
}

function textBetween(source: string, from: number, to: number, trim: { start: boolean; end: boolean }): string {
  let [start, end] = [from, to]
  if (trim.start) while (start < end && isSpace(source[start])) start++
  if (trim.end) while (end > start && isSpace(source[end - 1])) end--
  return source.slice(start, end)
}

function countLines(text: string): number {
  return text.split('\n').length - 1
}

/** Cuts a template into text and actions. Throws `input`. */
export function piecesOf(source: string): Piece[] {
  const pieces: Piece[] = []
  let [end, line, trimStart] = [0, 1, false]
  for (let open = source.indexOf('{{'); open >= 0; open = source.indexOf('{{', end)) {
    line += countLines(source.slice(end, open))
    const action = readAction(source, open, line)
    pieces.push(textBetween(source, end, open, { start: trimStart, end: action.trim.left }))
    if (!action.comment) pieces.push({ ...action, line })
    line += countLines(action.text)
    end = action.end
    trimStart = action.trim.right
  }
  return [...pieces, textBetween(source, end, source.length, { start: trimStart, end: false })]
}
