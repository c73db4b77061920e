import { InfrakitError, type ServiceEntry } from '@infrakit/spi'
import { defineCommand } from '../../command.js'
import { readDocuments } from '../../files/documents.js'
import { answerAbout } from '../../files/source-error.js'
import { connectRegistry } from '../../registry/connect.js'
import { serviceFromFlags, type ServiceFlags } from '../../registry/service-flags.js'

export const register = defineCommand<ServiceFlags>({
  description: `Enters services, or replaces those with the same ID: from a JSON or YAML file ('-' is standard input) with a service or a list
of them (Name, ID, Address, Port, Tags, Check), or one that the flags describe.`,
  options: [
    { flags: '--service <name>', description: 'the name of the service' },
    { flags: '--id <id>', description: 'of this place where it is found (default: its name)' },
    { flags: '--address <host:port>', description: 'where it is found' },
    { flags: '--tag <text>', description: 'may be given several times', repeat: true },
    { flags: '--http <url>', description: 'it is well when this URL answers 2xx' },
    { flags: '--tcp <host:port>', description: 'it is well when this accepts connections' },
    { flags: '--ttl <duration>', description: 'it is well for so long after it was last registered' },
    { flags: '--interval <duration>', description: 'between two looks of --http or --tcp (default 10s)' },
    { flags: '--check-timeout <duration>', description: 'longest time for a look (default 5s)' },
  ],
  examples: [
    'infrakit registry register service.yml',
    'infrakit registry register --service shop --id shop-1 --address 127.0.0.1:8080 --http http://127.0.0.1:8080/health',
  ],
  async run(context, [file], flags) {
    const described = Object.keys(flags).length > 0
    if (file !== undefined && described) throw new InfrakitError('input', 'expected a file or flags, got both')
    const { source, services } =
      file === undefined ? { source: '', services: [serviceFromFlags(flags)] } : await read(file)
    const registry = await connectRegistry(context)
    for (const Service of services) {
      const entering = registry.register({ Service })
      await (source === '' ? entering : answerAbout(source, entering))
      if (!context.json && !context.quiet) context.print(`Registered ${Service.ID}`)
    }
    if (context.json) await context.printJson(services)
  },
})

/** The registry says what is wrong with them. */
async function read(file: string): Promise<{ source: string; services: ServiceEntry[] }> {
  const { source, values } = await readDocuments(file)
  return { source, services: values.flat() as ServiceEntry[] }
}
