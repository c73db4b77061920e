import { proxyInterface, type Proxy } from '@infrakit/spi'
import { connectOnly } from '../connect-only.js'
import type { Context } from '../context.js'

/** The proxy that `--name` chose, or the only one that runs. */
export function connectProxy(context: Context): Promise<Proxy> {
  return connectOnly(context, proxyInterface, 'proxy-embedded')
}
