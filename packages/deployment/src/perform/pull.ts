import { InfrakitError } from '@infrakit/spi'
import type { Action } from '../actions.js'
import type { Performing } from '../executor.js'
import type { Ports } from '../ports.js'

/** Has the instance plugin fetch what instances are made of. Throws what it throws. */
export async function pull(
  ports: Ports,
  { Instance, Seconds }: Extract<Action, { Type: 'pull' }>,
  { signal, doing }: Performing,
): Promise<void> {
  const { prepare } = await ports.instance(Instance.Plugin)
  if (!prepare) throw new InfrakitError('incompatible', `'${Instance.Plugin}' cannot pull any more`)
  doing(`${Instance.Plugin} pulls`)
  await prepare.prepare({ Properties: Instance.Properties ?? null }, { signal, timeout: Seconds * 1000 })
}
