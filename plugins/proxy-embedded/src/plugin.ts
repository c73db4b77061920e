import { openProxy, type OpenProxy, type ProxyOptions } from '@infrakit/proxy'
import { startEngine, type EngineOptions } from './engine/engine.js'

export type EmbeddedOptions = Omit<ProxyOptions, 'engine'> & EngineOptions

export interface EmbeddedProxy extends OpenProxy {
  /** Of the processes that serve. */
  readonly pids: readonly number[]
}

/** A proxy whose requests are served by processes of this plugin. */
export async function createEmbeddedProxy(options: EmbeddedOptions): Promise<EmbeddedProxy> {
  const engine = await startEngine(options)
  try {
    const { proxy, close } = await openProxy({ ...options, engine })
    return {
      proxy,
      get pids() {
        return engine.pids
      },
      async close() {
        await close()
        await engine.close()
      },
    }
  } catch (error) {
    await engine.close()
    throw error
  }
}
