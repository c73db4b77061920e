import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createPlugins } from '@infrakit/discovery'
import { groupInterface, instanceInterface, InfrakitError } from '@infrakit/spi'
import { waitUntil } from '@infrakit/testing'
import type { Place } from './target.js'
import { knownInstance } from './values.js'

const file = { ID: knownInstance, LogicalID: null, Init: '', Properties: { a: 1 }, Tags: { tier: 'web' } }

/** An instance that nobody made, for requests that name one. */
export async function plantInstance({ instancesDir }: Place): Promise<void> {
  await writeFile(join(instancesDir, knownInstance), JSON.stringify(file))
}

/**
 * Takes away all groups and instances that fuzzing has made, by the calls that anybody would make: it also shows that
 * they still work.
 */
export async function tidyUp(place: Place): Promise<void> {
  const plugins = createPlugins(place.pluginsDir)
  try {
    const groups = await plugins.get(groupInterface, 'group')
    const { Groups } = await groups.inspectGroups({})
    for (const { ID } of Groups ?? []) {
      await groups.destroyGroup({ ID }).catch((error: unknown) => {
        if (!(error instanceof InfrakitError && ['not-found', 'conflict'].includes(error.kind))) throw error
      })
    }
    await waitUntil(
      'the groups to be gone',
      async () => ((await groups.inspectGroups({})).Groups ?? []).length === 0,
      40_000,
    )
    const instance = await plugins.get(instanceInterface, 'instance-file')
    const { Descriptions } = await instance.describeInstances({})
    await Promise.all(
      Descriptions.map(({ ID }) =>
        instance.destroy({ Instance: ID }).catch((error: unknown) => {
          if (!(error instanceof InfrakitError && error.kind === 'not-found')) throw error
        }),
      ),
    )
  } finally {
    plugins.close()
  }
  await plantInstance(place)
}
