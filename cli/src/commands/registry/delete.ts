import { InfrakitError, type Registry } from '@infrakit/spi'
import { defineCommand } from '../../command.js'
import { countOption } from '../../option-values.js'
import { connectRegistry } from '../../registry/connect.js'
import { leaseOption } from '../../registry/option-values.js'

interface Options {
  readonly recursive?: boolean
  readonly ifVersion?: string
  readonly lease?: string
}

/** Deletions that are made together. */
const atOnce = 60

export const remove = defineCommand<Options>({
  description: `Deletes keys; one that is not there is no error. With --recursive also all keys below them: 'shop' and 'shop/colour', but not
'shopping'.`,
  options: [
    { flags: '-r, --recursive', description: 'also all keys below' },
    { flags: '--if-version <version>', description: 'only if the key is at this version' },
    { flags: '--lease <name=epoch>', description: 'only while this lease is held with this epoch' },
  ],
  examples: ['infrakit registry delete shop/colour', 'infrakit registry delete --recursive shop'],
  async run(context, keys, { recursive = false, ifVersion, lease }) {
    const version = countOption('--if-version', ifVersion)
    if (version !== undefined && (recursive || keys.length > 1)) {
      throw new InfrakitError('input', '--if-version is for a single key')
    }
    const registry = await connectRegistry(context)
    const [Lease, IfVersion] = [leaseOption(lease), version ?? null]
    const deleted = recursive ? await allBelow(registry, keys) : keys
    if (version !== undefined) await registry.delete({ Key: keys[0] ?? '', IfVersion, Lease })
    else {
      for (let from = 0; from < deleted.length; from += atOnce) {
        const Operations = deleted.slice(from, from + atOnce).map((Key) => ({ Delete: { Key } }))
        await registry.txn({ Operations, Lease })
      }
    }
    if (context.json) return context.printJson(deleted.map((Key) => ({ Key })))
    if (!context.quiet) for (const key of deleted) context.print(`Deleted ${key}`)
  },
})

async function allBelow(registry: Registry, keys: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const key of keys) {
    // The bare word is a prefix of its neighbours too.
    const { Entries } = await registry.list({ Prefix: key })
    const own = Entries.map(({ Key }) => Key).filter((one) => one === key || one.startsWith(`${key}/`))
    found.push(...own)
  }
  return [...new Set(found)]
}
