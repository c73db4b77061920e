/**
 * Takes a server-sent event stream apart: feed it text as it comes, and it calls `onData` with the data of each event.
 * Returns false once an event is longer than `maxLength`; the stream is of no use then.
 */
export function createSseParser(onData: (data: string) => void, maxLength: number): (text: string) => boolean {
  let rest = ''
  let data: string[] = []
  let length = 0

  function takeLine(line: string): void {
    if (line === '') {
      if (data.length > 0) onData(data.join('\n'))
      data = []
      length = 0
    } else if (line.startsWith('data:')) {
      const value = line.slice(line[5] === ' ' ? 6 : 5)
      data.push(value)
      length += value.length
    }
  }

  return (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) takeLine(line.endsWith('\r') ? line.slice(0, -1) : line)
    return length + rest.length <= maxLength
  }
}
