import type { Route } from './route.js'
import type { Server } from './server.js'

/**
 * The server that is next, if there is one; it has then had its turn. The caller counts what it gives to it in the same turn of
 * the event loop: between the two nothing may change.
 *
 * First a backend is chosen by weight, then a server of it as the route says. A server that rests is chosen when there is
 * no other.
 *
 * @param avoid servers that have just failed this request
 */
export function choose(route: Route, client: string, avoid: ReadonlySet<Server>, now: number): Server | undefined {
  return (
    chooseAmong(route, client, (server) => isWell(server, avoid) && !server.isResting(now)) ??
    chooseAmong(route, client, (server) => isWell(server, avoid))
  )
}

function isWell(server: Server, avoid: ReadonlySet<Server>): boolean {
  return server.share > 0 && !server.unwell && !avoid.has(server)
}

function chooseAmong(route: Route, client: string, may: (server: Server) => boolean): Server | undefined {
  if (route.balance === 'ip_hash') return byHash(route, client, may)
  const backend = next(route.backends, (one) => one.servers.some(may))
  if (!backend) return undefined
  return route.balance === 'least_conn' ? leastBusy(backend.servers, may) : next(backend.servers, may)
}

interface Turn {
  readonly share: number
  behind: number
}

/** Smooth weighted round robin: whoever is furthest behind its share, so that turns are spread evenly. */
function next<T extends Turn>(all: readonly T[], may: (one: T) => boolean): T | undefined {
  let [total, best]: [number, T | undefined] = [0, undefined]
  for (const one of all) {
    if (one.share === 0 || !may(one)) continue
    total += one.share
    one.behind += one.share
    // A share such as 0.1 is no exact number: who is as far behind as another one must not win by that.
    if (!best || one.behind > best.behind + 1e-9) best = one
  }
  if (best) best.behind -= total
  return best
}

/** Who has least under way for its share; among equals they take turns. */
function leastBusy(all: readonly Server[], may: (one: Server) => boolean): Server | undefined {
  const load = (one: Server) => (one.underWay.size + 1) / one.share
  let least = Infinity
  for (const one of all) if (may(one)) least = Math.min(least, load(one))
  return next(all, (one) => may(one) && load(one) <= least)
}

/**
 * The same server for the same client for as long as it is well; when it goes, only its clients get others (rendezvous
 * hashing, weighted).
 */
function byHash(route: Route, client: string, may: (server: Server) => boolean): Server | undefined {
  let [lowest, best]: [number, Server | undefined] = [Infinity, undefined]
  for (const { servers } of route.backends) {
    for (const server of servers) {
      if (!may(server)) continue
      const score = -Math.log(uniform(`${client} ${server.name}`)) / server.share
      if (score < lowest) [lowest, best] = [score, server]
    }
  }
  return best
}

/** A number from 0 to 1, the same for the same text. */
function uniform(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (((hash ^ (hash >>> 16)) >>> 0) + 0.5) / 2 ** 32
}
