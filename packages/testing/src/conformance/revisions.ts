import { inspected, onGroup } from './group.js'
import type { GroupWorld } from './group-world.js'
import { listOf, rowOf, sameJson, writeJson } from './json.js'
import { holds } from './outcome.js'
import type { PluginPromise } from './promise.js'

async function history({ plugin }: GroupWorld, ID: string) {
  const answer = await plugin.call('Revisions.History', { ID })
  return { revisions: listOf(answer.result.Revisions).map(rowOf), answer }
}

async function checkHistory(groups: GroupWorld, ID: string): Promise<void> {
  await groups.commit(groups.spec(ID, { Size: 1 }))
  await groups.commit(await groups.changed(ID, { Size: 1 }))
  const { revisions, answer } = await history(groups, ID)
  const numbers = revisions.map(({ Revision }) => Number(Revision))
  holds(numbers.length === 2, 'a revision for each commit', writeJson(numbers), answer)
  holds(Number(numbers[0]) > Number(numbers[1]), 'the newest first', writeJson(numbers), answer)
  const active = revisions.map(({ Active }) => Active)
  holds(sameJson(active, [true, false]), 'the newest alone to be active', writeJson(active), answer)
}

async function checkRollback(groups: GroupWorld, ID: string): Promise<void> {
  const first = groups.spec(ID, { Size: 1 })
  const old = await groups.steady(ID, 1)
  await groups.commit(await groups.changed(ID, { Size: 1 }))
  const current = await groups.prepared(ID, 1, old)
  const back = await groups.plugin.call('Revisions.Rollback', { ID })
  await groups.settled(ID, 1, current)
  const { spec, answer } = await inspected(groups, ID)
  const [wanted, got] = [rowOf(first.Properties), rowOf(rowOf(spec).Properties)]
  for (const field of ['Instance', 'Flavor']) {
    holds(
      sameJson(got[field], wanted[field]),
      `${field} as it was first committed`,
      writeJson(got[field]),
      back,
      answer,
    )
  }
}

export const revisionsPromises: readonly PluginPromise[] = [
  {
    interface: 'Revisions',
    name: 'what was committed is kept, newest first, and one of it is active',
    why: 'Who goes back has to see to what.',
    check: onGroup(checkHistory),
  },
  {
    interface: 'Revisions',
    name: 'a rollback brings back what was in force before',
    why: 'It is done in a hurry, and has to be what it says.',
    check: onGroup(checkRollback),
  },
]
