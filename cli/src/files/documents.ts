import { InfrakitError } from '@infrakit/spi'
import { parseJsonText } from './json.js'
import { readSource } from './read.js'

export interface Documents {
  readonly source: string
  readonly values: readonly unknown[]
}

/** Reads a JSON or YAML file (or `-`): one value, or one per YAML document. Throws `input`. */
export async function readDocuments(file: string): Promise<Documents> {
  const { source, text } = await readSource(file)
  const values = await parse(file, source, text)
  if (values.length === 0) throw new InfrakitError('input', `${source}: it is empty`)
  return { source, values }
}

/** Reads a file that holds one value. Throws `input`. */
export async function readDocument(file: string): Promise<{ source: string; value: unknown }> {
  const { source, values } = await readDocuments(file)
  if (values.length > 1) throw new InfrakitError('input', `${source}: expected one document, got ${values.length}`)
  return { source, value: values[0] }
}

/** JSON by its name, or when it looks like it; all else is YAML, of which most JSON is a part. */
async function parse(file: string, source: string, text: string): Promise<unknown[]> {
  const named = /\.(json|ya?ml)$/i.exec(file)?.[1]?.toLowerCase()
  if (named === 'json') return [await parseJsonText(source, text)]
  if (named === undefined && /^\s*[{[]/.test(text)) return parseUnnamed(source, text)
  const { parseYamlText } = await import('./yaml.js')
  return parseYamlText(source, text)
}

async function parseUnnamed(source: string, text: string): Promise<unknown[]> {
  try {
    return [await parseJsonText(source, text)]
  } catch (error) {
    const { parseYamlText } = await import('./yaml.js')
    try {
      return parseYamlText(source, text)
    } catch {
      throw error
    }
  }
}
