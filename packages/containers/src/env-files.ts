import { readFile } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { InfrakitError, messageOf } from '@infrakit/spi'
import { parseEnvFile } from './parse-env-file.js'

const path = 'Properties.env_file'

/** Reads one file of NAME=value lines. Throws `input`; what the file holds is never told. */
async function readEnvFile(file: string): Promise<Record<string, string>> {
  if (!isAbsolute(file)) {
    throw new InfrakitError('input', `${path}: '${file}' is not an absolute path`, {
      path,
      hint: 'It is read by the plugin, whose folder is not yours.',
    })
  }
  try {
    return parseEnvFile(await readFile(file, 'utf8'))
  } catch (error) {
    throw new InfrakitError('input', `${path}: cannot read ${file}: ${messageOf(error)}`, {
      path,
      hint: 'It is read on the machine of the plugin, by its user.',
      cause: error,
    })
  }
}

/** The environment that files give together; of a repeated name the last file counts. Throws `input`. */
export async function readEnvFiles(files: readonly string[]): Promise<Record<string, string>> {
  return Object.assign({}, ...(await Promise.all(files.map(readEnvFile)))) as Record<string, string>
}
