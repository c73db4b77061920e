import type { InstanceDescription } from '@infrakit/spi'

/** As a group of files has them. One alone is the least there is: its answer has 96 bytes. */
export function descriptions(count: number): InstanceDescription[] {
  if (count === 1) return [{ ID: 'instance-0001', Tags: {} }]
  return Array.from({ length: count }, (_, at) => {
    const Tags = {
      'infrakit.config_sha': 'k3yonxkrqzvpxr6lzcxbbptmvyxj4aqv',
      'infrakit.group': 'web',
      'infrakit.provision': `0198c0de-0000-4000-8000-${String(at).padStart(12, '0')}`,
    }
    const Spec = { Properties: { Note: 'a file' }, Tags, Init: 'true', LogicalID: null, Attachments: null }
    return { ID: `instance-${5577006791947779410n + BigInt(at)}`, LogicalID: null, Tags, Properties: Spec }
  })
}
