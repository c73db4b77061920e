import { findPlugin, pluginsDir } from '@infrakit/discovery'
import type { Handshake } from '@infrakit/rpc/client'
import { defineCommand } from '../../command.js'
import { formatTable } from '../../output/table.js'

/** What is looked at of `/info/api.json`; plugins of others may serve none, or another. */
interface ApiInfo {
  readonly Vendor?: { readonly Name?: string; readonly Version?: string; readonly URL?: string } | null
  readonly Interfaces?: readonly {
    readonly Name?: string
    readonly Version?: string
    readonly Methods?: readonly { readonly Request?: { readonly method?: string } }[] | null
  }[]
}

export const info = defineCommand({
  description: 'Shows where a plugin listens, who made it, which interfaces it offers and their methods.',
  examples: ['infrakit plugin info instance-file'],
  async run(context, [name = '']) {
    const found = await findPlugin(pluginsDir(context.env), name)
    const client = await (await context.plugins()).client(name)
    const handshake = await client.handshake()
    // Whoever does not serve it is a plugin nevertheless.
    const api = (await client.info().catch(() => null)) as ApiInfo | null
    const facts = { name: found.name, listen: found.listen, pid: found.pid ?? null, vendor: api?.Vendor ?? null }
    const methods = methodsOf(api)
    if (context.json) return context.printJson({ ...facts, era: handshake.era, interfaces: handshake.objects, methods })
    const { Name = 'unknown', Version = '', URL = '' } = api?.Vendor ?? {}
    context.print(`Name:      ${facts.name}`)
    context.print(`Listen:    ${facts.listen}`)
    context.print(`Pid:       ${facts.pid ?? 'unknown'}`)
    context.print(`Vendor:    ${[Name, Version, URL].filter(Boolean).join(' ')}`)
    context.print(`Handshake: ${handshake.era}`)
    context.print('')
    for (const line of formatInterfaces(handshake, methods, context.quiet)) context.print(line)
  },
})

function methodsOf(api: ApiInfo | null): string[] {
  const methods = (api?.Interfaces ?? []).flatMap((one) => one.Methods ?? [])
  return [...new Set(methods.flatMap(({ Request }) => (Request?.method ? [Request.method] : [])))].sort()
}

function formatInterfaces({ objects }: Handshake, methods: readonly string[], quiet: boolean): string[] {
  const columns = [{ title: 'INTERFACE', width: 20 }, { title: 'OBJECTS' }, { title: 'METHODS' }]
  const rows = objects.map(({ name, version, types }) => {
    const own = methods.filter((method) => method.startsWith(`${name}.`)).map((method) => method.slice(name.length + 1))
    return [`${name}/${version}`, types.join(',') || '.', own.join(', ') || '-']
  })
  return formatTable(columns, rows, { quiet })
}
