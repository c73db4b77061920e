import { InfrakitError, kindOf, messageOf } from '@infrakit/spi'

/**
 * What a plugin said about a file's content, with the file's name before each line (and the path of the wrong field,
 * should the words not hold it already). Errors that are not about the content stay as they are.
 */
export function aboutSource(error: unknown, source: string): unknown {
  if (!(error instanceof InfrakitError) || kindOf(error) !== 'input') return error
  const { path, hint } = error
  const lines = messageOf(error).split('\n')
  const named = lines.map(
    (line) => `${source}: ${path && lines.length === 1 && !line.includes(path) ? `${path}: ` : ''}${line}`,
  )
  return new InfrakitError('input', named.join('\n'), { path, hint, cause: error })
}

/** Waits for what a plugin answers to the content of a file; its complaints get the file's name. */
export async function answerAbout<T>(source: string, call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw aboutSource(error, source)
  }
}
