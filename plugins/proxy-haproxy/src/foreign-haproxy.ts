import { InfrakitError } from '@infrakit/spi'
import { driveHaproxy, type Haproxy } from './haproxy.js'
import type { Layout } from './layout.js'

/** An HAProxy that somebody else runs: its master's socket is all there is of it. */
export function foreignHaproxy(layout: Layout): Haproxy {
  const driven = driveHaproxy(layout, { now: () => 0, since: () => [] })
  return {
    ...driven,
    lives: () =>
      driven.workers().then(
        () => true,
        () => false,
      ),
    async start() {
      throw new InfrakitError('unavailable', `no HAProxy answers at ${layout.master}`, {
        hint: `Start it in master-worker mode, with -S ${layout.master},level,admin and, last, -f ${layout.conf}.`,
      })
    },
    close: async () => undefined,
  }
}
