/** What stands for a value. A pipeline `a | f b` is the call `f b a`. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'dot' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'field'; readonly of: Expression; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }

/** Where an action stands, for messages. */
export interface Site {
  readonly line: number
  /** As written. */
  readonly action: string
}

/** What an action works with. */
export interface Pipeline extends Site {
  readonly value: Expression
}

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | ({ readonly kind: 'print' } & Pipeline)
  | ({ readonly kind: 'set'; readonly name: string; readonly declares: boolean } & Pipeline)
  | ({
      readonly kind: 'if' | 'with'
      readonly variable: string | undefined
      readonly body: readonly Node[]
    } & Pipeline & {
        readonly otherwise: readonly Node[]
      })
  | ({
      readonly kind: 'range'
      /** Variables for the index or key, and for the element. */
      readonly index: string | undefined
      readonly element: string | undefined
      readonly body: readonly Node[]
      readonly otherwise: readonly Node[]
    } & Pipeline)

/** All expressions in one, itself included. */
export function expressionsIn(expression: Expression): Expression[] {
  if (expression.kind === 'field') return [expression, ...expressionsIn(expression.of)]
  if (expression.kind === 'call') return [expression, ...expression.args.flatMap(expressionsIn)]
  return [expression]
}
