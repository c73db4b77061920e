/** How references to what a template names become references to what the instance has. */
export type Rename = (reference: string) => string

const name = '[A-Za-z_][A-Za-z0-9_-]*'
/** `data.TYPE.NAME`, `local.NAME` or `TYPE.NAME`, where it begins a reference. */
const reference = new RegExp(`(?<![\\w.-])(?:data\\.${name}\\.${name}|local\\.${name}|${name}\\.${name})`, 'g')

/** All references at the beginning of expressions, as they stand. */
export function renameReferences(expression: string, rename: Rename): string {
  return expression.replace(reference, (found) => rename(found))
}

/**
 * Renames references inside `${...}` and `%{...}` of a text; everything else, `$${` and texts within expressions included,
 * stays as it is.
 */
export function renameInTemplate(text: string, rename: Rename): string {
  let result = ''
  let at = 0
  while (at < text.length) {
    const two = text.slice(at, at + 2)
    if ((two === '$$' || two === '%%') && text[at + 2] === '{') {
      result += text.slice(at, at + 3)
      at += 3
    } else if (two === '${' || two === '%{') {
      const end = endOfExpression(text, at + 2)
      result += two + renameInExpression(text.slice(at + 2, end), rename)
      at = end
    } else {
      result += text[at]
      at++
    }
  }
  return result
}

/** Texts in quotes are templates of their own. */
function renameInExpression(expression: string, rename: Rename): string {
  let result = ''
  let at = 0
  while (at < expression.length) {
    const quote = expression.indexOf('"', at)
    const begin = quote < 0 ? expression.length : quote
    result += renameReferences(expression.slice(at, begin), rename)
    if (quote < 0) break
    const end = endOfText(expression, begin + 1)
    result += `"${renameInTemplate(expression.slice(begin + 1, end), rename)}`
    at = end
    if (expression[at] === '"') {
      result += '"'
      at++
    }
  }
  return result
}

/** Where the `}` is that ends an expression, or the end of the text. */
function endOfExpression(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    if (text[at] === '"') at = endOfText(text, at + 1)
    else if (text[at] === '{') depth++
    else if (text[at] === '}' && depth-- === 0) return at
  }
  return text.length
}

/** Where the quote is that ends a text, or the end of everything. */
function endOfText(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at
    else if ((text[at] === '$' || text[at] === '%') && text[at + 1] === '{' && text[at - 1] !== text[at]) {
      at = endOfExpression(text, at + 2)
    }
  }
  return text.length
}

/** A text that Terraform is to take as it is. Doubling the sign would not do: who had doubled it before would lose one. */
export function literal(text: string): string {
  return /[$%]\{/.test(text) ? text.replaceAll(/[$%]/g, (sign) => `\${"${sign}"}`) : text
}

/** What `literal` was given. */
export function unliteral(text: string): string {
  return text.replaceAll(/\$\{"([$%])"\}/g, (_, sign: string) => sign)
}
