import { spawn, type ChildProcess } from 'node:child_process'
import { Agent } from 'node:http'
import { Duplex } from 'node:stream'
import type { EngineAddress } from './engine-address.js'

type SshAddress = Extract<EngineAddress, { kind: 'ssh' }>

/** How ssh ended without a connection to the engine; `message` is what it said last. */
export class SshError extends Error {
  readonly code = 'ESSH'
}

/**
 * The command that connects its input and output with the engine over there. Pure.
 *
 * It is the system's ssh, so that the user's configuration, keys, agent and known hosts hold. It must not ask: there is
 * nobody to answer.
 */
export function sshCommand({ host, port, user, path }: SshAddress): string[] {
  const far = path === undefined ? ['docker'] : ['docker', '--host', `unix://${path}`]
  return [
    'ssh',
    '-T',
    ...['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=30'],
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...['--', host, ...far, 'system', 'dial-stdio'],
  ]
}

/** As much of what ssh says as an error should hold. */
const wordsKept = 1000

/** A stream to the engine through a process; it fails with an SshError when that ends by itself with a failure. */
function streamOf(child: ChildProcess): Duplex {
  const { stdin, stdout, stderr } = child
  if (!stdin || !stdout || !stderr) throw new Error('the process has no pipes')
  let words = ''
  stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-wordsKept)))
  const stream = new Duplex({
    read: () => void stdout.resume(),
    // What cannot be written is no error yet: the end of ssh, which is near, tells why.
    write: (chunk, _encoding, done) => void stdin.write(chunk as Buffer, (error) => void (error ?? done())),
    final: (done) => void stdin.end(done),
    destroy: (error, done) => {
      child.kill()
      done(error)
    },
  })
  stdout.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) stdout.pause()
  })
  stdin.on('error', () => undefined)
  child.once('error', (error) => stream.destroy(new SshError(`cannot run ssh: ${error.message}`)))
  child.once('close', (code) => {
    if (code === 0) stream.push(null)
    else stream.destroy(new SshError(words.trim() || `ssh ended with status ${String(code)}`))
  })
  return stream
}

/** What an HTTP agent asks of a socket; an idle connection keeps no process alive. */
function asSocket(stream: Duplex, child: ChildProcess): Duplex {
  const handles = [child, child.stdin, child.stdout, child.stderr] as unknown as { ref(): void; unref(): void }[]
  const none = () => stream
  return Object.assign(stream, {
    setKeepAlive: none,
    setNoDelay: none,
    setTimeout: none,
    ref: () => handles.forEach((handle) => handle.ref()),
    unref: () => handles.forEach((handle) => handle.unref()),
  })
}

/** An agent whose connections are ssh processes. `env` says where ssh is found and which agent of keys it has. */
export function createSshAgent(address: SshAddress, env: NodeJS.ProcessEnv): Agent {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 2 })
  const [command = '', ...args] = sshCommand(address)
  const createConnection = (): Duplex => {
    const child = spawn(command, args, { env, stdio: 'pipe' })
    return asSocket(streamOf(child), child)
  }
  return Object.assign(agent, { createConnection })
}
