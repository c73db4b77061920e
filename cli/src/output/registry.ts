import type { Lease, RegistryEntry, ServiceDescription } from '@infrakit/spi'
import { formatTable } from './table.js'

interface Options {
  readonly quiet: boolean
}

/** Characters of a value that a table shows. */
const shown = 60

export function formatEntries(entries: readonly RegistryEntry[], options: Options): string[] {
  const rows = entries.map(({ Key, Version, Value }) => [Key, String(Version), shortened(Value)])
  return formatTable([{ title: 'KEY', width: 20 }, { title: 'VERSION' }, { title: 'VALUE' }], rows, options)
}

export function formatServices(services: readonly ServiceDescription[], options: Options): string[] {
  const rows = services.map(({ Name, ID, Address, Port, Health, Tags }) => [
    Name,
    ID,
    Address.includes(':') ? `[${Address}]:${Port}` : `${Address}:${Port}`,
    Health,
    (Tags ?? []).join(','),
  ])
  const titles = ['NAME', 'ID', 'ADDRESS', 'HEALTH', 'TAGS']
  return formatTable(
    titles.map((title) => ({ title })),
    rows,
    options,
  )
}

export function formatLease({ Name, Owner, Since, TTLSeconds, Epoch, Reason }: Lease, options: Options): string[] {
  const titles = ['LEASE', 'OWNER', 'SINCE', 'TTL', 'EPOCH', 'REASON']
  return formatTable(
    titles.map((title) => ({ title })),
    [[Name, Owner, Since, `${TTLSeconds}s`, String(Epoch), Reason]],
    options,
  )
}

export function shortened(value: string): string {
  return value.length > shown ? `${value.slice(0, shown)}... (${value.length} characters)` : value
}
