import { noCounters } from '@infrakit/proxy'
import type { LiveServer, ServerState } from '@infrakit/spi'
import type { Figures } from './control.js'
import type { PreparedRoute, ServerOf } from './prepared.js'

/** @param figures `undefined` when nothing is known of it */
export function liveServer({ addresses }: PreparedRoute, { backend, server }: ServerOf, figures?: Figures): LiveServer {
  const { name, host, port, share, drained } = server
  return {
    ...noCounters(),
    Backend: backend,
    Name: name,
    Host: host,
    Port: port,
    State: stateOf(drained, addresses.get(host) !== undefined, figures),
    Share: share,
    ...(figures && counters(figures)),
  }
}

function stateOf(drained: boolean, hasAddress: boolean, figures: Figures | undefined): ServerState {
  if (drained) return 'draining'
  return !hasAddress || figures?.down || figures?.rests ? 'down' : 'up'
}

function counters(figures: Figures): Partial<LiveServer> {
  const [a1, a2, a3, a4, a5] = figures.answers
  return {
    InFlight: figures.inFlight,
    Requests: figures.requests,
    Answers: { '1xx': a1, '2xx': a2, '3xx': a3, '4xx': a4, '5xx': a5 },
    ConnectErrors: figures.connectErrors,
    AnswerErrors: figures.answerErrors,
    Retries: figures.retries,
    AnswerMs: figures.answerMs ?? null,
  }
}

/** A server that its route has ceased to name. @param from the route that named it; `undefined`: nobody remembers */
export function lingeringServer(from: PreparedRoute, server: ServerOf): LiveServer
export function lingeringServer(from: undefined, server: string): LiveServer
export function lingeringServer(from: PreparedRoute | undefined, server: ServerOf | string): LiveServer {
  if (from && typeof server !== 'string') return { ...liveServer(from, server), State: 'draining', Share: 0 }
  const Name = typeof server === 'string' ? server : server.server.name
  return { ...noCounters(), Backend: '', Name, Host: '', Port: 0, State: 'draining', Share: 0 }
}
