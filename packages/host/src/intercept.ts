import type { Logger } from 'pino'
import type { Intercept } from '@infrakit/rpc'
import { kindOf, messageOf, type Fenced } from '@infrakit/spi'
import { failpoint, StoreError } from '@infrakit/store'
import { translated } from './failures.js'
import type { FenceKeeper } from './fence-keeper.js'

/** Put around every call: refuses the past, and logs what was called, how long it took and how it ended; never with what. */
export function createIntercept(log: Logger, keeper: FenceKeeper | undefined): Intercept {
  const done = (method: string, begun: number, error?: string) =>
    log.debug({ method, ms: Math.round((performance.now() - begun) * 10) / 10, ...(error && { error }) }, 'call')

  return async ({ definition, method, mutates, request }, next) => {
    const name = `${definition.name}.${method}`
    const begun = performance.now()
    failpoint(`serve/${name}`)
    try {
      const fenced = keeper && mutates
      const result = await (fenced ? keeper.run((request as Fenced).Fence, next) : next())
      done(name, begun)
      failpoint(`served/${name}`)
      return result
    } catch (thrown) {
      const error = translated(thrown)
      if (thrown instanceof StoreError) log.error({ method: name, path: thrown.path }, messageOf(thrown))
      done(name, begun, kindOf(error))
      throw error
    }
  }
}
