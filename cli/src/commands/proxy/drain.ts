import { connectProxy } from '../../proxy/connect.js'
import { defineCommand } from '../../command.js'
import { durationOption } from '../../option-values.js'
import { ownerOf } from './owner.js'

interface Options {
  readonly timeout?: string
  readonly cut?: boolean
  readonly undo?: boolean
}

/** Beyond what the proxy waits (ms). */
const margin = 60_000

export const drain = defineCommand<Options>({
  description: `Takes a server out of new traffic and returns when nothing is in flight there any more. It stays out, whatever is applied, until
--undo. Ends with status 1 when something is still in flight as the time is up.`,
  options: [
    { flags: '--timeout <duration>', description: 'wait no longer than this (default: 30s)' },
    { flags: '--cut', description: 'then cut what is still in flight' },
    { flags: '--undo', description: 'let it have requests again' },
  ],
  examples: ['infrakit proxy drain shop web-1 --timeout 30s', 'infrakit proxy drain shop web-1 --undo'],
  async run(context, [Name = '', Server = ''], { timeout, cut = false, undo = false }) {
    const milliseconds = durationOption('--timeout', timeout) ?? 30_000
    const proxy = await connectProxy(context)
    const Owner = await ownerOf(proxy, Name)
    const request = { Name, Owner, Server, TimeoutSeconds: milliseconds / 1000, Cut: cut, Undo: undo }
    const { InFlight, Cut } = await proxy.drain(request, { timeout: milliseconds + margin })
    if (context.json) await context.printJson({ InFlight, Cut })
    else if (!context.quiet) context.print(told(Server, { InFlight, Cut, undo }))
    return !undo && InFlight > 0 ? 1 : 0
  },
})

function told(server: string, { InFlight, Cut, undo }: { InFlight: number; Cut: number; undo: boolean }): string {
  if (undo) return `${server}: gets requests again`
  if (InFlight > 0) return `${server}: ${InFlight} still in flight`
  return Cut > 0 ? `${server}: drained, ${Cut} cut` : `${server}: drained`
}
