import ts from 'typescript'

export interface Import {
  readonly specifier: string
  /** `always` when the module is evaluated, `later` by a call of `import()`, `never` when only types are taken. */
  readonly loads: 'always' | 'later' | 'never'
}

function isText(node: ts.Node | undefined): node is ts.StringLiteralLike {
  return node !== undefined && ts.isStringLiteralLike(node)
}

function readImport(node: ts.Node): Import | undefined {
  if (ts.isImportDeclaration(node) && isText(node.moduleSpecifier)) {
    const isType = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
    return { specifier: node.moduleSpecifier.text, loads: isType ? 'never' : 'always' }
  }
  if (ts.isExportDeclaration(node) && isText(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, loads: node.isTypeOnly ? 'never' : 'always' }
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && isText(node.argument.literal)) {
    return { specifier: node.argument.literal.text, loads: 'never' }
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword && isText(node.arguments[0])) {
    return { specifier: node.arguments[0].text, loads: 'later' }
  }
  return undefined
}

export interface Contents {
  readonly imports: readonly Import[]
  /** Every text literal that is no import: a module may also be loaded by a library that is told its name. */
  readonly texts: ReadonlySet<string>
}

/** Reads what a module imports, in any of the ways there are. */
export function readContents(text: string): Contents {
  const imports: Import[] = []
  const texts = new Set<string>()
  const visit = (node: ts.Node): void => {
    const found = readImport(node)
    if (found) imports.push(found)
    if (isText(node)) texts.add(node.text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('module.ts', text, ts.ScriptTarget.Latest, true))
  for (const { specifier } of imports) texts.delete(specifier)
  return { imports, texts }
}

/** The package of a specifier: `@infrakit/rpc` of `@infrakit/rpc/client`; `undefined` for a relative one. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.')) return undefined
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
