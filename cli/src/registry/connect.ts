import { registryInterface, type Registry } from '@infrakit/spi'
import { connectOnly } from '../connect-only.js'
import type { Context } from '../context.js'

/** The registry that `--name` chose, or the only one that runs. */
export function connectRegistry(context: Context): Promise<Registry> {
  return connectOnly(context, registryInterface, 'registry-embedded')
}
