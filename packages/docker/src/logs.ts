import type { Call } from '@infrakit/spi'
import { ask } from './ask.js'
import { inspectContainer } from './containers.js'
import type { Engine } from './engine.js'
import { createDemux, linesOf } from './output.js'
import { pathPart } from './stop.js'

/**
 * The last lines that a container wrote, standard output and error mixed as they came.
 *
 * @throws InfrakitError `not-found`; `plugin-failed` where its logging driver cannot be read
 */
export async function tailLogs(engine: Engine, id: string, lines: number, call?: Call): Promise<string[]> {
  const { terminal } = await inspectContainer(engine, id, call)
  return ask(engine, `read the logs of container ${id}`, call, async (abortSignal) => {
    const answer: unknown = await engine.docker
      .getContainer(pathPart(id))
      .logs({ stdout: true, stderr: true, tail: lines, follow: false, abortSignal })
    const body = Buffer.isBuffer(answer) ? answer : Buffer.alloc(0)
    if (terminal) return linesOf(body.toString('utf8')).slice(-lines)
    const pieces: Buffer[] = []
    createDemux(({ data }) => pieces.push(data))(body)
    return linesOf(Buffer.concat(pieces).toString('utf8'))
  })
}
