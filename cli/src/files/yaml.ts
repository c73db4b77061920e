import { isWrittenNumber, parseJson, stringifyJson } from '@infrakit/rpc/client'
import { InfrakitError } from '@infrakit/spi'
import { parseAllDocuments, stringify, type ScalarTag, type Tags } from 'yaml'

/** A number of so many characters may not survive as a JavaScript number; it is kept as the JSON parser keeps it. */
const longNumber: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: /^(?=.{16})-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/,
  resolve: (text) => parseJson(text),
  identify: isWrittenNumber,
  stringify: ({ value }) => stringifyJson(value),
}

const customTags = (tags: Tags): Tags => [longNumber, ...tags]

/** Reads every document of a YAML text; empty ones are left out. Throws `input`, naming line and column. */
export function parseYamlText(source: string, text: string): unknown[] {
  const documents = parseAllDocuments(text, { customTags, merge: true, prettyErrors: true })
  const values: unknown[] = []
  for (const document of documents) {
    const [error] = document.errors
    if (error) {
      const [at] = error.linePos ?? []
      const where = at ? `line ${at.line}, column ${at.col}: ` : ''
      // Without the error as its cause: what it shows of the text may be secret.
      throw new InfrakitError('input', `${source}: ${where}${withoutText(error.message)}`)
    }
    values.push(toValue(source, () => document.toJS()))
  }
  return values.filter((value) => value !== null && value !== undefined)
}

/** An alias that refers to nothing, or one too many, shows only here. */
function toValue(source: string, read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    throw new InfrakitError('input', `${source}: ${withoutText((error as Error).message)}`)
  }
}

/** The parser's words without what they quote. */
function withoutText(message: string): string {
  const [line = ''] = message.split('\n', 1)
  return line.replace(/ at line \d+, column \d+:?$/, '').replace(/: .*$/, '')
}

/** A value as one YAML document. */
export function formatYaml(value: unknown): string {
  return stringify(value, { customTags, lineWidth: 0 }).trimEnd()
}
