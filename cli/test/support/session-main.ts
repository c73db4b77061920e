/** Carries out one command line after the other, as `infrakit` does each in a process of its own, and sends what came of it. */
import { run } from '../../src/run.js'

type Write = typeof process.stdout.write

function capture(stream: NodeJS.WriteStream): () => string {
  let text = ''
  stream.write = ((piece: string | Uint8Array) => {
    text += typeof piece === 'string' ? piece : Buffer.from(piece).toString()
    return true
  }) as Write
  return () => {
    const taken = text
    text = ''
    return taken
  }
}

const [stdout, stderr] = [capture(process.stdout), capture(process.stderr)]

process.on('message', (argv: string[]) => {
  void run(argv).then((code) => process.send?.({ code, stdout: stdout(), stderr: stderr() }))
})
