import { InfrakitError } from '@infrakit/spi'
import { defineCommand } from '../../command.js'
import { connectRegistry } from '../../registry/connect.js'
import { secondsOption } from '../../registry/option-values.js'

interface Options {
  readonly owner?: string
  readonly reason?: string
  readonly ttl?: string
}

export const acquire = defineCommand<Options>({
  description: `Takes a lease that nobody has, or that has run out, and prints its epoch, which the other verbs ask for. An owner that has it
already gets it anew: whoever used the old epoch is refused from then on.`,
  options: [
    { flags: '--owner <name>', description: 'who takes it (required)' },
    { flags: '--reason <text>', description: 'what for, for whoever finds it taken' },
    { flags: '--ttl <duration>', description: 'how long it is good without being renewed (default 15s)' },
  ],
  examples: ['infrakit registry acquire shop/deploy --owner alice --reason "release 7" --ttl 5m'],
  async run(context, [name = ''], { owner, reason, ttl }) {
    if (!owner) throw new InfrakitError('input', 'who takes the lease? give --owner')
    const request = {
      Name: name,
      Owner: owner,
      Reason: reason ?? null,
      TTLSeconds: secondsOption('--ttl', ttl) ?? null,
    }
    const { Lease } = await (await connectRegistry(context)).acquire(request)
    if (context.json) return context.printJson(Lease)
    const { TTLSeconds } = Lease
    if (request.TTLSeconds !== null && TTLSeconds !== request.TTLSeconds) {
      context.note(`${name} is good for ${TTLSeconds}s: this registry has no shorter leases`)
    }
    context.print(String(Lease.Epoch))
  },
})
