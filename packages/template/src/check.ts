import { functionNames } from './functions.js'
import { refusal } from './refusal.js'
import { expressionsIn, type Expression, type Node, type Site } from './tree.js'

/** What a template can name. */
export interface Vocabulary {
  /** What there is below the dot: `LogicalID` for `.LogicalID`. */
  readonly fields: readonly string[]
  /** Beside those that every template has. */
  readonly functions?: readonly string[]
  /** All of it in words, for messages. */
  readonly known: string
}

/** What is known at a place: below `range` and `with` the dot is something else, and `$` still the whole. */
interface Scope {
  readonly vocabulary: Vocabulary
  readonly variables: Set<string>
  readonly dotIsRoot: boolean
}

function isRoot(expression: Expression, { dotIsRoot }: Scope): boolean {
  return expression.kind === 'dot' ? dotIsRoot : expression.kind === 'variable' && expression.name === ''
}

function problemOf(expression: Expression, scope: Scope): string | undefined {
  const { fields, functions = [] } = scope.vocabulary
  switch (expression.kind) {
    case 'field':
      if (!isRoot(expression.of, scope) || fields.includes(expression.name)) return undefined
      return `is not supported: there is no .${expression.name}`
    case 'call':
      if (functionNames.has(expression.name) || functions.includes(expression.name)) return undefined
      return `is not supported: there is no function '${expression.name}'`
    case 'variable':
      return scope.variables.has(expression.name) ? undefined : `names a variable $${expression.name} that is not set`
    default:
      return undefined
  }
}

function checkExpression(site: Site, expression: Expression, scope: Scope): void {
  for (const one of expressionsIn(expression)) {
    const problem = problemOf(one, scope)
    if (problem !== undefined) throw refusal(site, problem, { hint: `A template can hold ${scope.vocabulary.known}.` })
  }
}

function within(scope: Scope, names: readonly (string | undefined)[], dotIsRoot: boolean): Scope {
  const added = names.filter((one) => one !== undefined)
  return { ...scope, variables: new Set([...scope.variables, ...added]), dotIsRoot }
}

function checkNodes(nodes: readonly Node[], outer: Scope): void {
  const scope = within(outer, [], outer.dotIsRoot)
  for (const node of nodes) {
    if (node.kind === 'text') continue
    checkExpression(node, node.value, scope)
    if (node.kind === 'print') continue
    if (node.kind === 'set') {
      if (node.declares) scope.variables.add(node.name)
      else checkExpression(node, { kind: 'variable', name: node.name }, scope)
      continue
    }
    const names = node.kind === 'range' ? [node.index, node.element] : [node.variable]
    checkNodes(node.body, within(scope, names, scope.dotIsRoot && node.kind === 'if'))
    checkNodes(node.otherwise, within(scope, names, scope.dotIsRoot))
  }
}

/** Refuses what would fail at every instance. Throws `input`, naming line and action. */
export function check(nodes: readonly Node[], vocabulary: Vocabulary): void {
  checkNodes(nodes, { vocabulary, variables: new Set(['']), dotIsRoot: true })
}
