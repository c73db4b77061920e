import { connect } from 'node:net'
import { formatDuration } from '@infrakit/spi'
import { formatAddress, type Address } from './address.js'
import { findingOf, type Finding } from './finding.js'
import type { Target } from './health-properties.js'
import { grpcAttempt } from './probe-grpc.js'
import { formatRequest, httpAttempt, type Agents, type Attempt } from './probe-http.js'

/** A target that is reached over the network. */
export type RemoteTarget = Exclude<Target, { kind: 'Instance' }>

const tcpAttempt: Attempt = (address, done) => {
  const socket = connect(address)
  socket.once('connect', () => done({ outcome: 'good', what: 'accepted a connection' }))
  socket.on('error', (error) => done(findingOf(error)))
  return () => socket.destroy()
}

export function attemptFor(target: RemoteTarget, agents: Agents): Attempt {
  if (target.kind === 'HTTP') return httpAttempt(target, agents)
  return target.kind === 'TCP' ? tcpAttempt : grpcAttempt(target.service)
}

/** What is probed, for a person: `GET http://10.0.0.1:80/health`. */
export function formatTarget(target: RemoteTarget, address: Address | undefined): string {
  const port = target.port === undefined ? 'its first port' : `port ${target.port}`
  const at = address ? formatAddress(address) : port
  if (target.kind === 'HTTP') return formatRequest(target, at)
  if (target.kind === 'TCP') return `TCP ${at}`
  return `gRPC health of ${target.service === '' ? 'the server' : `'${target.service}'`} at ${at}`
}

function late(timeoutMs: number, tookMs: number): Finding {
  // Who was away for so long may have missed the answer: that is no fault of the instance.
  if (tookMs > 2 * timeoutMs + 100) return { outcome: 'unclear', what: 'this machine was too busy to tell' }
  return { outcome: 'bad', what: `no answer within ${formatDuration(timeoutMs)}`, code: 'ETIMEDOUT' }
}

/** Makes one attempt on a connection of its own, and ends it, whatever comes. Never rejects. */
export function probe(attempt: Attempt, address: Address, timeoutMs: number): Promise<Finding> {
  return new Promise((resolve) => {
    const began = performance.now()
    const settle = (finding: Finding) => {
      clearTimeout(timer)
      resolve(finding)
      stop?.()
    }
    const timer = setTimeout(() => settle(late(timeoutMs, performance.now() - began)), timeoutMs)
    let stop: (() => void) | undefined
    try {
      stop = attempt(address, settle)
    } catch (error) {
      settle(findingOf(error))
    }
  })
}
