import type { IncomingMessage } from 'node:http'
import type { Call } from '@infrakit/spi'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { createDemux, createTail } from './output.js'
import { pathPart } from './stop.js'

export interface ExecRequest {
  readonly command: readonly string[]
  /** Added to the container's own. */
  readonly env?: Readonly<Record<string, string>>
  readonly workingDir?: string
  /** As `docker exec --user`. */
  readonly user?: string
}

export interface ExecResult {
  /** 126 and 127 when the command could not be run: what the engine says is in the output. */
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** Whether only the end of the output is here. */
  readonly cut: boolean
}

/** Bytes kept of each, output and error. */
const outputKept = 1024 * 1024
const defaultTimeoutMs = 10 * 60_000

function definition({ command, env, workingDir, user }: ExecRequest): Record<string, unknown> {
  return {
    AttachStdout: true,
    AttachStderr: true,
    Cmd: command,
    ...(env && { Env: Object.entries(env).map(([name, value]) => `${name}=${value}`) }),
    ...(workingDir !== undefined && { WorkingDir: workingDir }),
    ...(user !== undefined && { User: user }),
  }
}

/**
 * Runs a command in a running container and waits for its end, 10 minutes unless the call says otherwise. Who stops
 * waiting does not stop the command: the engine has no way to.
 *
 * @throws InfrakitError `not-found`; `conflict` when the container does not run
 */
export async function execInContainer(
  engine: Engine,
  id: string,
  request: ExecRequest,
  call?: Call,
): Promise<ExecResult> {
  const work = async (abortSignal: AbortSignal): Promise<ExecResult> => {
    const exec = await engine.docker.getContainer(pathPart(id)).exec({ ...definition(request), abortSignal })
    // Not hijacked: an ordinary answer says when it was cut short.
    const output = (await exec.start({ abortSignal })) as unknown as IncomingMessage
    const [stdout, stderr] = [createTail(outputKept), createTail(outputKept)]
    const demux = createDemux(({ stream, data }) => (stream === 'stdout' ? stdout : stderr).add(data))
    for await (const piece of output as AsyncIterable<Buffer>) demux(piece)
    const { ExitCode } = await exec.inspect({ abortSignal })
    return {
      exitCode: ExitCode ?? -1,
      stdout: stdout.text(),
      stderr: stderr.text(),
      cut: stdout.cut || stderr.cut,
    }
  }
  return ask(engine, `run ${request.command[0] ?? 'nothing'} in container ${id}`, call, work, defaultTimeoutMs)
}
