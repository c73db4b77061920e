import type { Readable } from 'node:stream'

/** A line of JSON longer than this comes from no engine. */
const longest = 16 * 1024 * 1024

/** Lines of a stream as they come, without empty ones. Throws when the stream fails or is cut before its end. */
export async function* readLines(stream: Readable): AsyncGenerator<string> {
  let rest = ''
  stream.setEncoding('utf8')
  // Not the lines of node:readline, which do not hear of a stream that is cut.
  for await (const piece of stream as AsyncIterable<string>) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > longest) throw new SyntaxError('a line without an end')
    yield* lines.filter((line) => line.trim() !== '')
  }
  if (rest.trim() !== '') yield rest
}
