import { InfrakitError, type GroupProperties } from '@infrakit/spi'
import type { VerifyOptions } from '../../src/conformance/index.js'
import { groupPlugin, type BrokenPlugin } from './plugins.js'

/** One broken thing each in a group plugin. */
export const brokenGroups: readonly BrokenPlugin[] = [
  {
    what: 'never says that it is done',
    breaks: 'Group: a committed group gets as many instances as it shall have, and says so',
    plugin: () => groupPlugin({ saysSo: ({ Properties }) => isOfPets(Properties) }),
  },
  {
    what: 'shows another size than was committed',
    breaks: 'Group: a group is inspected as it was committed',
    plugin: () =>
      groupPlugin({
        inspects: ({ ID, Properties }) => ({ ID, Properties: { ...(Properties as object), Allocation: { Size: 7 } } }),
      }),
  },
  {
    what: 'makes all anew for another size',
    breaks: 'Group: another size adds or takes away, and leaves the other instances alone',
    plugin: () => groupPlugin({ sizeRolls: true }),
  },
  {
    what: 'replaces what it was asked to destroy',
    breaks: 'Group: instances that are named are destroyed, and not replaced',
    plugin: () => groupPlugin({ replacesNamed: true }),
  },
  {
    what: 'lists revisions as they came',
    breaks: 'Revisions: what was committed is kept, newest first, and one of it is active',
    plugin: () => groupPlugin({ newestFirst: false }),
  },
  {
    what: 'is content with saying that it rolled back',
    breaks: 'Revisions: a rollback brings back what was in force before',
    plugin: () => groupPlugin({ rollsBack: false }),
  },
  {
    what: 'acts when it is to pretend',
    breaks: 'Group: pretending explains and changes nothing',
    plugin: () => groupPlugin({ pretendActs: true }),
  },
  {
    what: 'makes all anew whenever it is committed',
    breaks: 'Group: committing the same again changes nothing',
    plugin: () => groupPlugin({ commitAlwaysRolls: true }),
  },
  {
    what: 'takes over whatever it is told',
    breaks: 'Group: a wrong specification is refused, and nothing of it is taken over',
    plugin: () => groupPlugin({ acceptsAnything: true }),
  },
  {
    what: 'does not miss what is lost',
    breaks: 'Group: a lost instance is replaced',
    plugin: () => groupPlugin({ heals: false }),
  },
  {
    what: 'keeps instances of the old specification',
    breaks: 'Group: another specification replaces every instance',
    plugin: () => groupPlugin({ rolls: false }),
  },
  {
    what: 'tells another size than the one in force',
    breaks: 'Group: SetSize is in force at once, and Size tells',
    plugin: () => groupPlugin({ size: (size) => (size === 3 ? 2 : size) }),
  },
  {
    what: 'gives pets names of its own',
    breaks: 'Group: pets are made under their names, and come back under them',
    plugin: () => groupPlugin({ namesPets: false }),
  },
  {
    what: 'takes all instances for its own when it destroys',
    breaks: 'Group: only instances of its own are touched',
    plugin: () => {
      const { transport, group } = groupPlugin()
      return { transport: destroyingAll(transport, group.instance.transport), group }
    },
  },
  {
    what: 'destroys when it is to free',
    breaks: 'Group: a freed group is forgotten, and its instances stay as they are',
    plugin: () => groupPlugin({ freeDestroys: true }),
  },
  {
    what: 'forgets a destroyed group and leaves its instances',
    breaks: 'Group: a destroyed group takes its instances with it',
    plugin: () => groupPlugin({ destroyKeeps: true }),
  },
  {
    what: 'is content with freeing nothing',
    breaks: 'Group: a group that is not there is refused as not-found',
    plugin: () => groupPlugin({ missing: () => new InfrakitError('plugin-failed', 'something is wrong') }),
  },
]

function isOfPets(properties: unknown): boolean {
  return (properties as GroupProperties).Allocation.LogicalIDs != null
}

/** Destroying a group, it destroys every instance there is. */
function destroyingAll(
  group: VerifyOptions['transport'],
  instance: VerifyOptions['transport'],
): VerifyOptions['transport'] {
  const call = (method: string, params: object) =>
    instance.post(JSON.stringify({ jsonrpc: '2.0', method, params, id: 1 }))
  return {
    async post(body, signal) {
      const reply = await group.post(body, signal)
      if (!body.includes('Group.DestroyGroup')) return reply
      const { result } = JSON.parse((await call('Instance.DescribeInstances', {})).body) as {
        result: { Descriptions: { ID: string }[] }
      }
      for (const { ID } of result.Descriptions) await call('Instance.Destroy', { Instance: ID })
      return reply
    },
  }
}
