const assignment = /^(?:export\s+)?([^\s=]+)\s*=\s*(.*)$/
const variable = /\$(?:\{|[A-Za-z_])/
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

type Value = { readonly value: string } | { readonly problem: string }

const noVariables = 'variables are not filled in; put what is meant literally into single quotes'

function readQuoted(text: string): Value {
  const quote = text[0] ?? ''
  const [, inner, rest] = (quote === "'" ? /^'([^']*)'(.*)$/ : /^"((?:[^"\\]|\\.)*)"(.*)$/).exec(text) ?? []
  if (inner === undefined) return { problem: 'the quote is not closed on the same line' }
  if (!/^\s*(?:#.*)?$/.test(rest ?? '')) return { problem: 'something follows the closing quote' }
  if (quote === "'") return { value: inner }
  if (variable.test(inner.replaceAll(/\\./g, ''))) return { problem: noVariables }
  return { value: inner.replaceAll(/\\(.)/g, (_, one: string) => escapes[one] ?? one) }
}

function readValue(text: string): Value {
  if (text.startsWith('"') || text.startsWith("'")) return readQuoted(text)
  const value = text.replace(/(?:^|\s+)#.*$/, '').trimEnd()
  return variable.test(value) ? { problem: noVariables } : { value }
}

/**
 * Reads a file of environment variables by the rules of Compose: NAME=value lines, comments after `#` at the beginning or
 * after a blank, values in single quotes as they stand. Where Compose would fill in variables, or goes on over several
 * lines, this says so instead: a wrong value is worse than none.
 *
 * Throws SyntaxError with the number of the line; it never quotes the line.
 */
export function parseEnvFile(text: string): Record<string, string> {
  const read: Record<string, string> = {}
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const [, name, rest] = assignment.exec(trimmed) ?? []
    if (name === undefined) throw new SyntaxError(`line ${at + 1}: expected NAME=value`)
    const found = readValue(rest ?? '')
    if ('problem' in found) throw new SyntaxError(`line ${at + 1}: ${found.problem}`)
    read[name] = found.value
  }
  return read
}
