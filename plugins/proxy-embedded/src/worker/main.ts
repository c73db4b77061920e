import { InfrakitError, kindOf, messageOf } from '@infrakit/spi'
import type { Request, Said } from '../messages.js'
import { DataPlane } from './data-plane.js'

// Ctrl-C on a terminal reaches all processes: only the plugin decides when a worker ends.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => undefined)

const say = (said: Said): void => void process.send?.(said)
const plane = new DataPlane({
  tell: (route, server, state, why) => say({ server, route, state, why }),
  warn: (warning, fields) => say({ warning, fields }),
})

async function carryOut(request: Request): Promise<unknown> {
  switch (request.ask) {
    case 'prepare':
      return (await plane.prepare(request.set), null)
    case 'abandon':
      return (plane.abandon(), null)
    case 'commit':
      return plane.commit(request.set, request.gone)
    case 'look':
      return plane.look(request.route)
    case 'cut':
      return plane.cut(request.route, request.server)
    case 'heed':
      return (plane.heed(request.route, request.unwell), null)
    case 'stop':
      return (await plane.stop(request.graceMs), null)
  }
}

process.on('message', (request: Request) => {
  const { id } = request
  carryOut(request).then(
    (answer) => say({ id, answer }),
    (error: unknown) => {
      const { path, hint } = error instanceof InfrakitError ? error : {}
      say({ id, failure: { kind: kindOf(error), message: messageOf(error), path, hint } })
    },
  )
})
say({ ready: true })
