import { parseJson } from '@infrakit/rpc/client'
import { InfrakitError } from '@infrakit/spi'

/** Reads JSON; numbers keep every digit. Throws `input`, naming line and column. */
export async function parseJsonText(source: string, text: string): Promise<unknown> {
  try {
    return parseJson(text)
  } catch (error) {
    const { offset, problem } = await locate(text, error as Error)
    const { line, column } = lineAndColumn(text, offset)
    throw new InfrakitError('input', `${source}: line ${line}, column ${column}: ${problem}`, { cause: error })
  }
}

/** Not every message of the built-in parser tells where; the lossless one's do. */
async function locate(text: string, error: Error): Promise<{ offset: number; problem: string }> {
  const { parse } = await import('lossless-json')
  try {
    parse(text)
    return position(error.message, text)
  } catch (again) {
    return position((again as Error).message, text)
  }
}

function position(message: string, text: string): { offset: number; problem: string } {
  const match = /^(.*?) (?:in JSON )?at position (\d+)/s.exec(message)
  return match ? { offset: Number(match[2]), problem: match[1] ?? message } : { offset: text.length, problem: message }
}

/** Both count from 1. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
