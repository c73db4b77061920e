import type { PluginName } from '../faults/world.js'

function around(first: string, then: string, ...whats: string[]): string[] {
  return whats.flatMap((what) => [`${first}/${what}`, `${then}/${what}`])
}

/** The steps of a file that is written durably. */
const written = ['write/temporary', 'write/renamed']
const removed = ['remove/unlink', 'remove/unlinked']

const flavorCalls = ['validate', 'prepare', 'healthy', 'drain'].map((name) => `Flavor.${name}`)
const instanceCalls = ['validate', 'provision', 'label', 'destroy', 'describeInstances'].map(
  (name) => `Instance.${name}`,
)

/**
 * Every failpoint that a group's life passes. A new one is added here. Those of other plugins are in their own tests.
 */
export const failpoints: Readonly<
  Record<Extract<PluginName, 'group' | 'instance-file' | 'instance-docker' | 'flavor-vanilla'>, readonly string[]>
> = {
  group: [
    ...['start/claimed', 'start/locked', 'start/serving', ...written, ...removed],
    ...around('serve', 'served', 'Group.CommitGroup', 'Group.SetSize', 'Group.DescribeGroup', 'Group.DestroyGroup'),
    ...around('call', 'called', ...flavorCalls, ...instanceCalls),
    ...around('call', 'called', 'Resolve.resolve', 'Lifecycle.stop', 'Lifecycle.start'),
    ...around('write', 'written', 'revision', 'keys', 'converged', 'tombstone'),
    ...around('remove', 'removed', 'state'),
  ],
  'instance-file': [
    ...['start/claimed', 'start/locked', 'start/serving', ...written, ...removed],
    ...around('serve', 'served', 'Instance.Validate', 'Instance.Provision', 'Instance.Label', 'Instance.Destroy'),
    ...around('serve', 'served', 'Instance.DescribeInstances', 'Lifecycle.Stop', 'Lifecycle.Start'),
  ],
  'instance-docker': [
    ...['start/claimed', 'start/locked', 'start/serving', ...written, ...removed],
    ...['created', 'started', 'initialized', 'settled'].map((moment) => `provision/${moment}`),
    ...around('serve', 'served', 'Instance.Validate', 'Instance.Provision', 'Instance.Label', 'Instance.Destroy'),
    ...around('serve', 'served', 'Instance.DescribeInstances', 'Lifecycle.Stop', 'Lifecycle.Start', 'Resolve.Resolve'),
  ],
  'flavor-vanilla': [
    ...['start/claimed', 'start/serving', ...written],
    ...around('serve', 'served', 'Flavor.Validate', 'Flavor.Prepare', 'Flavor.Healthy', 'Flavor.Drain'),
    ...around('serve', 'served', 'Resolve.Resolve'),
  ],
}
