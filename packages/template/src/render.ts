import { InfrakitError, messageOf } from '@infrakit/spi'
import { commonFunctions, type TemplateFunction } from './functions.js'
import type { Template } from './parse.js'
import { refusal } from './refusal.js'
import type { Expression, Node, Pipeline } from './tree.js'
import { entriesOf, fieldOf, isTruthy, textOf } from './values.js'

/** What is known at a place while it is filled in. Variables are looked up from the inside out. */
interface Scope {
  readonly dot: unknown
  readonly variables: Map<string, unknown>
  readonly outer: Scope | undefined
}

function inner(outer: Scope, dot: unknown, variables: [string | undefined, unknown][] = []): Scope {
  const named = variables.filter((one): one is [string, unknown] => one[0] !== undefined)
  return { dot, variables: new Map(named), outer }
}

/** The scope that holds a variable; its existence was checked when the template was read. */
function holderOf(name: string, scope: Scope): Scope {
  let holder = scope
  while (!holder.variables.has(name) && holder.outer) holder = holder.outer
  return holder
}

class Renderer {
  constructor(
    private readonly functions: Readonly<Record<string, TemplateFunction>>,
    private readonly known: string,
  ) {}

  render(nodes: readonly Node[], outer: Scope): string {
    const scope = inner(outer, outer.dot)
    return nodes.map((node) => this.#node(node, scope)).join('')
  }

  #node(node: Node, scope: Scope): string {
    if (node.kind === 'text') return node.text
    const value = this.#evaluate(node, scope)
    switch (node.kind) {
      case 'print':
        return this.#print(node, value)
      case 'set':
        ;(node.declares ? scope : holderOf(node.name, scope)).variables.set(node.name, value)
        return ''
      case 'range':
        return this.#range(node, value, scope)
      default: {
        if (!isTruthy(value)) return this.render(node.otherwise, inner(scope, scope.dot, [[node.variable, value]]))
        const dot = node.kind === 'with' ? value : scope.dot
        return this.render(node.body, inner(scope, dot, [[node.variable, value]]))
      }
    }
  }

  #print(node: Pipeline, value: unknown): string {
    const hint = `A template can hold ${this.known}.`
    if (value === undefined || value === null) throw refusal(node, 'has no value for this instance', { hint })
    const text = textOf(value)
    if (text === undefined) throw refusal(node, 'is no text', { hint: 'Take a field of it, or hand it to to_json.' })
    return text
  }

  #range(node: Extract<Node, { kind: 'range' }>, value: unknown, scope: Scope): string {
    const entries = entriesOf(value)
    if (!entries) throw refusal(node, 'has no elements')
    if (entries.length === 0) return this.render(node.otherwise, scope)
    const { index, element, body } = node
    const passes = entries.map(([key, one]) =>
      this.render(
        body,
        inner(scope, one, [
          [index, key],
          [element, one],
        ]),
      ),
    )
    return passes.join('')
  }

  #evaluate(site: Pipeline, scope: Scope): unknown {
    try {
      return this.#value(site.value, scope)
    } catch (error) {
      // What is away, say, is no fault of the template, and says for itself what to do.
      if (error instanceof InfrakitError && error.kind !== 'input') throw error
      throw refusal(site, `failed: ${messageOf(error)}`, { cause: error })
    }
  }

  #value(expression: Expression, scope: Scope): unknown {
    switch (expression.kind) {
      case 'literal':
        return expression.value
      case 'dot':
        return scope.dot
      case 'variable':
        return holderOf(expression.name, scope).variables.get(expression.name)
      case 'field':
        return fieldOf(this.#value(expression.of, scope), expression.name)
      case 'call':
        return this.#call(expression.name, expression.args, scope)
    }
  }

  #call(name: string, args: readonly Expression[], scope: Scope): unknown {
    if (name === 'and' || name === 'or') {
      let last: unknown
      for (const arg of args) {
        last = this.#value(arg, scope)
        if (isTruthy(last) === (name === 'or')) return last
      }
      return last
    }
    const called = Object.hasOwn(this.functions, name) ? this.functions[name] : commonFunctions[name]
    if (!called) throw new Error(`there is no function '${name}'`)
    return called(...args.map((one) => this.#value(one, scope)))
  }
}

/**
 * Fills in a template. Throws `input`, naming line and action, also for a value that the instance lacks: a gap in a script
 * would go unnoticed. What a function throws of another kind comes through as it is.
 *
 * @param values what is below the dot
 * @param functions those that were named when it was read
 */
export function renderTemplate(
  { nodes, known }: Template,
  values: object,
  functions: Readonly<Record<string, TemplateFunction>> = {},
): string {
  const root: Scope = { dot: values, variables: new Map([['', values]]), outer: undefined }
  return new Renderer(functions, known).render(nodes, root)
}
