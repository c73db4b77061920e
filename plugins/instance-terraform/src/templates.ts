import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseJson } from '@infrakit/rpc'
import { InfrakitError, messageOf } from '@infrakit/spi'
import { readTemplate, type TerraformProperties, type Template } from './properties.js'
import type { Candidate } from './check.js'

/** Reads the template that properties name or hold. Throws `input`, naming the file and what is wrong with it. */
export async function templateOf(dir: string, { file, template, endpoints }: TerraformProperties): Promise<Candidate> {
  if (template || file === undefined) return { template: template as Template, source: undefined, endpoints }
  const path = resolve(dir, file)
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw wrong(
      `cannot read ${path}: ${messageOf(cause)}`,
      'Correct the name, which is looked for in the folder of the plugin.',
    )
  })
  return { template: readTemplate(parse(path, text), path), source: { path, text }, endpoints }
}

function parse(path: string, text: string): unknown {
  try {
    return parseJson(text)
  } catch (cause) {
    const position = Number(/position (\d+)/.exec(messageOf(cause))?.[1] ?? Number.NaN)
    const line = Number.isNaN(position) ? '' : ` line ${text.slice(0, position).split('\n').length}`
    throw wrong(`${path}${line}: it is not JSON`, 'Templates are written as .tf.json files.')
  }
}

function wrong(message: string, hint: string): InfrakitError {
  return new InfrakitError('input', `Properties.Template: ${message}`, { path: 'Properties.Template', hint })
}
