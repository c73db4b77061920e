import { refusal } from './refusal.js'
import type { Token } from './tokens.js'
import type { Expression, Site } from './tree.js'

const constants: Readonly<Record<string, boolean | null>> = { true: true, false: false, nil: null }

/** Reads the tokens of one action, front to back. */
export class Reader {
  #at = 0

  constructor(
    private readonly tokens: readonly Token[],
    private readonly site: Site,
  ) {}

  get done(): boolean {
    return this.#at >= this.tokens.length
  }

  refuse(problem = 'is not supported') {
    return refusal(this.site, problem)
  }

  /** Takes the next token if it is this one. */
  take(kind: Token['kind'], text?: string): Token | undefined {
    const next = this.tokens[this.#at]
    if (next?.kind !== kind || (text !== undefined && next.text !== text)) return undefined
    this.#at++
    return next
  }

  /** Takes `$name :=` or `$name =`. */
  takeTarget(): { name: string; declares: boolean } | undefined {
    const [variable, sign] = this.tokens.slice(this.#at)
    if (variable?.kind !== 'variable' || sign?.kind !== 'sign') return undefined
    if (sign.text !== ':=' && sign.text !== '=') return undefined
    this.#at += 2
    return { name: variable.text, declares: sign.text === ':=' }
  }

  /** Takes `$index, $element :=` or `$element :=`. */
  takeRangeTarget(): { index: string | undefined; element: string | undefined } {
    const [first, comma, second, sign] = this.tokens.slice(this.#at)
    if (comma?.text === ',' && first?.kind === 'variable' && second?.kind === 'variable' && sign?.text === ':=') {
      this.#at += 4
      return { index: first.text, element: second.text }
    }
    return { index: undefined, element: this.takeTarget()?.name }
  }

  /** A pipeline to the end of the action. */
  readAll(): Expression {
    const expression = this.#pipeline()
    if (!this.done) throw this.refuse()
    return expression
  }

  #pipeline(): Expression {
    let value = this.#command()
    while (this.take('sign', '|')) {
      const stage = this.#command()
      if (stage.kind !== 'call') throw this.refuse('hands a value to what is no function')
      value = { ...stage, args: [...stage.args, value] }
    }
    return value
  }

  /** A function with its arguments, or a value. */
  #command(): Expression {
    const first = this.#operand()
    if (first?.kind !== 'call' || this.tokens[this.#at - 1]?.kind !== 'word') {
      if (!first) throw this.refuse()
      return first
    }
    const args: Expression[] = []
    for (let next = this.#operand(); next; next = this.#operand()) args.push(next)
    return { ...first, args }
  }

  /** A value with the fields that follow it: `.A.B`, `$x.A`, `F.A`, `(f x).A`. */
  #operand(): Expression | undefined {
    let value = this.#value()
    if (!value) return undefined
    for (let next = this.tokens[this.#at]; next?.kind === 'field' && !next.apart; next = this.tokens[this.#at]) {
      this.#at++
      value = { kind: 'field', of: value, name: next.text }
    }
    return value
  }

  #value(): Expression | undefined {
    const text = this.take('string')
    if (text) return { kind: 'literal', value: text.text }
    const number = this.take('number')
    if (number) return { kind: 'literal', value: Number(number.text) }
    const field = this.take('field')
    if (field) return { kind: 'field', of: { kind: 'dot' }, name: field.text }
    if (this.take('sign', '.')) return { kind: 'dot' }
    const variable = this.take('variable')
    if (variable) return { kind: 'variable', name: variable.text }
    const word = this.take('word')
    if (word) {
      const constant = Object.hasOwn(constants, word.text) ? constants[word.text] : undefined
      return constant === undefined ? { kind: 'call', name: word.text, args: [] } : { kind: 'literal', value: constant }
    }
    if (!this.take('sign', '(')) return undefined
    const inner = this.#pipeline()
    if (!this.take('sign', ')')) throw this.refuse('has a ( without a )')
    return inner
  }
}
