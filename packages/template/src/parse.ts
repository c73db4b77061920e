import { check, type Vocabulary } from './check.js'
import { Reader } from './expressions.js'
import { piecesOf, type Piece } from './pieces.js'
import { refusal } from './refusal.js'
import type { Node, Site } from './tree.js'

export type { Vocabulary } from './check.js'

/** A template that was read and checked. */
export interface Template {
  readonly nodes: readonly Node[]
  /** What can be named in it, for messages. */
  readonly known: string
}

type Keyword = 'else' | 'end'

/** Where a list of nodes ended. */
interface Ending extends Site {
  readonly keyword: Keyword
  readonly reader: Reader
}

/** Of Go's words these are left out: they make templates in templates, or end loops early. */
const leftOut = new Set(['define', 'template', 'block', 'break', 'continue'])

/** Makes a tree of the pieces, front to back. */
class Builder {
  #at = 0

  constructor(private readonly pieces: readonly Piece[]) {}

  /** Nodes up to an `end` or `else` that belongs to whoever asks, or to the end of the template. */
  list(): { nodes: Node[]; ending: Ending | undefined } {
    const nodes: Node[] = []
    for (let piece = this.pieces[this.#at++]; piece !== undefined; piece = this.pieces[this.#at++]) {
      if (typeof piece === 'string') {
        if (piece !== '') nodes.push({ kind: 'text', text: piece })
        continue
      }
      const site = { line: piece.line, action: piece.text }
      const reader = new Reader(piece.tokens, site)
      const keyword = (['end', 'else'] as const).find((one) => reader.take('word', one))
      if (keyword) return { nodes, ending: { ...site, keyword, reader } }
      nodes.push(this.#node(reader, site))
    }
    return { nodes, ending: undefined }
  }

  #node(reader: Reader, site: Site): Node {
    const kind = (['if', 'with', 'range'] as const).find((one) => reader.take('word', one))
    if (kind === 'range') {
      const target = reader.takeRangeTarget()
      return { kind, ...site, ...target, value: reader.readAll(), ...this.#branches(site, false) }
    }
    if (kind) return this.#choice(kind, reader, site)
    for (const word of leftOut) if (reader.take('word', word)) throw reader.refuse()
    const target = reader.takeTarget()
    const value = reader.readAll()
    return target ? { kind: 'set', ...site, ...target, value } : { kind: 'print', ...site, value }
  }

  #choice(kind: 'if' | 'with', reader: Reader, site: Site): Node {
    const variable = reader.takeTarget()?.name
    return { kind, ...site, variable, value: reader.readAll(), ...this.#branches(site, kind === 'if') }
  }

  #branches(site: Site, chained: boolean): { body: Node[]; otherwise: Node[] } {
    const { nodes: body, ending } = this.list()
    if (!ending) throw refusal(site, 'has no {{ end }}')
    if (ending.keyword === 'end') return closed(ending, { body, otherwise: [] })
    if (chained && ending.reader.take('word', 'if')) {
      return { body, otherwise: [this.#choice('if', ending.reader, ending)] }
    }
    const { nodes: otherwise, ending: last } = this.list()
    if (last?.keyword !== 'end') throw refusal(site, 'has no {{ end }}')
    closed(ending, undefined)
    return closed(last, { body, otherwise })
  }
}

/** Nothing may follow `end` and `else`. */
function closed<T>({ reader }: Ending, result: T): T {
  if (!reader.done) throw reader.refuse()
  return result
}

/** Reads a template, and refuses what it names that nobody knows. Throws `input`, naming line and action. */
export function parseTemplate(source: string, vocabulary: Vocabulary): Template {
  const { nodes, ending } = new Builder(piecesOf(source)).list()
  if (ending) throw refusal(ending, 'belongs to nothing')
  const template = { nodes, known: vocabulary.known }
  check(template.nodes, vocabulary)
  return template
}
