import type { LiveServer } from '@infrakit/spi'
import type { SettledRoute } from './settle.js'

/** What sends the requests: HAProxy, nginx, code of ours. Everything else about routes is the same for all. */
export interface Engine {
  /**
   * Whether it could serve this route, as far as that can be said without trying. Changes nothing. Throws `input`, naming the
   * field, or `incompatible` for what this proxy lacks.
   */
  check(route: SettledRoute): Promise<void>
  /**
   * Makes exactly these routes live, and answers when it has seen that they are, in every worker. Requests under way at a
   * server that goes, and at a route that goes, are finished; until then `look` shows it as `draining`. Never called again
   * before it has answered. After a throw what was live before serves on.
   *
   * @param changed names of the routes that differ from the last call's; all of them when it is called for the first time
   */
  make(routes: readonly SettledRoute[], changed: ReadonlySet<string>): Promise<void>
  /** What is live of a route. Throws `unavailable` when it cannot be asked. */
  look(route: string): Promise<LiveServer[]>
  /** Cuts what is under way at a server. @returns how many requests and upgraded connections that were */
  cut(route: string, server: string): Promise<number>
}
