import { setMaxListeners } from 'node:events'
import { Agent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import { inspect } from 'node:util'
import type Dockerode from 'dockerode'
import { InfrakitError, messageOf } from '@infrakit/spi'
import { describeAddress, type EngineAddress } from './engine-address.js'
import { findEngine, type FindOptions } from './find-engine.js'
import { createSshAgent } from './ssh-agent.js'
import { readTlsKeys } from './tls-files.js'
import { readWholeAnswers } from './whole-answers.js'

/** An engine, whether it can be reached or not: connections are made as calls need them, again after each loss. */
export interface Engine {
  readonly address: EngineAddress
  /** The address as people write it, for messages. */
  readonly where: string
  /** The client under the narrow ones; calls through it have neither deadline nor errors of ours: see `ask`. */
  readonly docker: Dockerode
  /** Aborted by `close`. */
  readonly closed: AbortSignal
  /** Ends all connections and calls. Doing it twice is fine. */
  close(): void
}

/** Connections kept for the next call; more are made and ended as needed. */
const kept = { keepAlive: true, maxFreeSockets: 16 }

function clientOptions(address: EngineAddress, agent: Agent): Dockerode.DockerOptions {
  // All are given: what is left out, docker-modem takes from the environment by rules of its own.
  const none = { host: undefined, port: undefined, ca: undefined, cert: undefined, key: undefined, timeout: undefined }
  const options = { ...none, agent, protocol: 'http' as const, socketPath: undefined, pathPrefix: '/' }
  switch (address.kind) {
    case 'unix':
      return { ...options, socketPath: address.path } as Dockerode.DockerOptions
    case 'ssh':
      // Only the agent connects; the name stands in the Host header.
      return { ...options, host: 'docker' } as unknown as Dockerode.DockerOptions
    case 'tcp':
    case 'tls': {
      const host = address.host.includes(':') ? `[${address.host}]` : address.host
      const protocol = address.kind === 'tls' ? 'https' : 'http'
      return { ...options, protocol, host: `${protocol}://${host}`, port: address.port } as Dockerode.DockerOptions
    }
  }
}

/**
 * docker-modem writes out what each request is made of, for a log that is off. With the connections of an agent in it
 * that takes 15 ms of a processor, many times the request itself.
 */
function hideFromLogs(agent: Agent): Agent {
  return Object.defineProperty(agent, inspect.custom, { value: () => 'Agent' })
}

async function agentFor(address: EngineAddress, env: NodeJS.ProcessEnv): Promise<Agent> {
  if (address.kind === 'ssh') return createSshAgent(address, env)
  if (address.kind !== 'tls') return new Agent(kept)
  return new TlsAgent({ ...kept, ...(await readTlsKeys(address.tls)), rejectUnauthorized: address.tls.verify })
}

/** Loaded here and not above, so that who only mentions an engine does not pay for its client. */
async function loadClient(options: Dockerode.DockerOptions): Promise<Dockerode> {
  const { default: Client } = await import('dockerode')
  try {
    return new Client(options)
  } catch (error) {
    throw new InfrakitError('input', `cannot use the environment for Docker: ${messageOf(error)}`, {
      hint: 'Look at DOCKER_HOST and DOCKER_CERT_PATH; an address given otherwise does not need them.',
      cause: error,
    })
  }
}

/**
 * An engine at an address. Does not connect: an engine that is not there yet is no error here.
 *
 * @param env for ssh, default that of this process
 * @throws InfrakitError `input` when keys for TLS cannot be read
 */
export async function openEngine(address: EngineAddress, env: NodeJS.ProcessEnv = process.env): Promise<Engine> {
  const agent = hideFromLogs(await agentFor(address, env))
  const docker = await loadClient(clientOptions(address, agent))
  readWholeAnswers(docker)
  const closing = new AbortController()
  // Each call under way listens, and there may be many: that is no leak to be warned of.
  setMaxListeners(0, closing.signal)
  function close(): void {
    closing.abort()
    agent.destroy()
  }
  return { address, where: describeAddress(address), docker, closed: closing.signal, close }
}

/** The engine that the environment names; see `findEngine` and `openEngine`. */
export async function connect(options: FindOptions = {}): Promise<Engine> {
  return openEngine(await findEngine(options), options.env)
}
