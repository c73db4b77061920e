import { defineCommand } from '../../command.js'
import { readSource } from '../../files/read.js'
import { countOption } from '../../option-values.js'
import { connectRegistry } from '../../registry/connect.js'
import { leaseOption } from '../../registry/option-values.js'

interface Options {
  readonly ifVersion?: string
  readonly lease?: string
}

export const put = defineCommand<Options>({
  description: `Sets the value of a key ('-': what is on standard input). With --if-version it is set only if nobody has changed it since;
--if-version 0 only makes a key that is not there.`,
  options: [
    { flags: '--if-version <version>', description: 'only if the key is at this version; 0: only if there is none' },
    { flags: '--lease <name=epoch>', description: 'only while this lease is held with this epoch' },
  ],
  examples: ['infrakit registry put shop/colour blue', 'infrakit registry put shop/colour green --if-version 7'],
  async run(context, [key = '', given = ''], { ifVersion, lease }) {
    const Value = given === '-' ? (await readSource('-')).text : given
    const condition = { IfVersion: countOption('--if-version', ifVersion) ?? null, Lease: leaseOption(lease) }
    const { Version } = await (await connectRegistry(context)).put({ Key: key, Value, ...condition })
    if (context.json) return context.printJson({ Key: key, Version })
    if (!context.quiet) context.print(`Put ${key} (version ${Version})`)
  },
})
