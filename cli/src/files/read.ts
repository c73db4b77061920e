import { readFile } from 'node:fs/promises'
import { InfrakitError } from '@infrakit/spi'

export interface SourceText {
  /** The file as the user named it, `standard input` for `-`; stands before every complaint about it. */
  readonly source: string
  readonly text: string
}

/** Reads a file, or standard input for `-`. Throws `input` when it cannot be read. */
export async function readSource(file: string): Promise<SourceText> {
  if (file === '-') return { source: 'standard input', text: await readStandardInput() }
  try {
    return { source: file, text: await readFile(file, 'utf8') }
  } catch (error) {
    throw new InfrakitError('input', `${file}: ${reason(error as NodeJS.ErrnoException)}`, { cause: error })
  }
}

async function readStandardInput(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk)
  return text
}

function reason(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'there is no such file'
  if (error.code === 'EISDIR') return 'this is a folder, expected a file'
  if (error.code === 'EACCES') return 'not allowed to read it'
  return error.message
}
