import { wordsOf } from './caller.js'
import type { GroupWorld } from './group-world.js'
import { listOf, rowOf, sameJson, writeJson, type Row } from './json.js'
import { applies, eventually, holds } from './outcome.js'
import type { Probe } from './probe.js'
import { BrokenPromise, NotApplicable, type PluginPromise } from './promise.js'

const notFound = -32001
const noGroup = 'a group with an ID that nobody has committed'

/** Runs a check on a group of its own, and removes the group whatever comes of it. */
export function onGroup(check: (groups: GroupWorld, ID: string, probe: Probe) => Promise<void>) {
  return async (probe: Probe): Promise<void> => {
    const { groups } = probe
    if (!groups) throw new NotApplicable('it was given no instance and flavor plugin to work with')
    const ID = probe.unique('verify')
    try {
      await check(groups, ID, probe)
    } finally {
      await groups.remove(ID).catch(() => undefined)
    }
  }
}

/** A group's specification as `InspectGroups` shows it. */
export async function inspected({ plugin }: GroupWorld, ID: string) {
  const answer = await plugin.call('Group.InspectGroups', {})
  const found = listOf(answer.result.Groups).map(rowOf)
  return { spec: found.find((one) => one.ID === ID), answer }
}

async function checkPretend(groups: GroupWorld, ID: string): Promise<void> {
  const pretended = await groups.tryToCommit(groups.spec(ID, { Size: 2 }), true)
  holds(pretended.error === undefined, 'an explanation', wordsOf(pretended), pretended)
  await groups.quiet()
  const { spec, answer } = await inspected(groups, ID)
  holds(spec === undefined, 'no such group after pretending', writeJson(spec), pretended, answer)
  const none = await groups.members(ID)
  holds(none.ids.length === 0, 'no instance after pretending', none.ids.join(', '), pretended, none.answer)
  const before = await groups.steady(ID, 1)
  const larger = await groups.tryToCommit(groups.spec(ID, { Size: 3 }), true)
  await groups.quiet()
  const after = await groups.members(ID)
  holds(sameJson(after.ids, before), `${before.join()} and nothing else`, after.ids.join(), larger, after.answer)
}

async function checkConverges(groups: GroupWorld, ID: string): Promise<void> {
  const committed = await groups.tryToCommit(groups.spec(ID, { Size: 2 }))
  holds(committed.error === undefined, 'the group to be taken over', wordsOf(committed), committed)
  await groups.settled(ID, 2)
}

async function checkSameAgain(groups: GroupWorld, ID: string): Promise<void> {
  const before = await groups.steady(ID, 2)
  const again = await groups.tryToCommit(groups.spec(ID, { Size: 2 }))
  holds(again.error === undefined, 'the group to be taken over', wordsOf(again), again)
  await groups.quiet()
  const after = await groups.members(ID)
  holds(sameJson(after.ids, before), `${before.join()} as before`, after.ids.join(), again, after.answer)
}

async function checkInspect(groups: GroupWorld, ID: string): Promise<void> {
  const given = groups.spec(ID, { Size: 1 })
  await groups.commit(given)
  const { spec, answer } = await inspected(groups, ID)
  holds(spec !== undefined, `group ${ID} among those inspected`, wordsOf(answer), answer)
  const [wanted, got] = [rowOf(given.Properties), rowOf(rowOf(spec).Properties)]
  for (const field of ['Instance', 'Flavor']) {
    holds(sameJson(got[field], wanted[field]), `${field} as committed`, writeJson(got[field]), answer)
  }
  const { Size } = rowOf(got.Allocation)
  holds(Size === 1, 'Size 1, as committed', writeJson(Size), answer)
}

async function checkHeals(groups: GroupWorld, ID: string): Promise<void> {
  const [lost = ''] = await groups.steady(ID, 2)
  await groups.instances.plugin.call('Instance.Destroy', { Instance: lost })
  await groups.settled(ID, 2, [lost])
}

async function checkScale(groups: GroupWorld, ID: string): Promise<void> {
  const two = await groups.steady(ID, 2)
  await groups.commit(groups.spec(ID, { Size: 3 }))
  const three = await groups.settled(ID, 3)
  const { answer } = await groups.members(ID)
  const kept = two.every((id) => three.includes(id))
  holds(kept, `${two.join()} and one more`, three.join(), { exchange: answer.exchange })
  await groups.commit(groups.spec(ID, { Size: 1 }))
  const [one = ''] = await groups.settled(ID, 1)
  const last = await groups.members(ID)
  holds(three.includes(one), `one of ${three.join()}`, one, last.answer)
}

async function checkSetSize(groups: GroupWorld, ID: string): Promise<void> {
  await groups.steady(ID, 1)
  await groups.plugin.call('Group.SetSize', { ID, Size: 3 })
  const size = await groups.plugin.call('Group.Size', { ID })
  holds(size.result.Size === 3, 'Size 3', writeJson(size.result.Size), size)
  await groups.settled(ID, 3)
}

async function checkDestroyInstances(groups: GroupWorld, ID: string): Promise<void> {
  const [named = '', ...others] = await groups.steady(ID, 3)
  const done = await groups.plugin.call('Group.DestroyInstances', { ID, Instances: [named] })
  const left = await groups.settled(ID, 2, [named])
  holds(sameJson(left, others), `${others.join()} to stay`, left.join(), done)
  const size = await groups.plugin.call('Group.Size', { ID })
  holds(size.result.Size === 2, 'Size 2', writeJson(size.result.Size), size)
}

async function checkRolls(groups: GroupWorld, ID: string): Promise<void> {
  const old = await groups.steady(ID, 2)
  await groups.commit(await groups.changed(ID, { Size: 2 }))
  await groups.settled(ID, 2, old)
}

async function checkFree(groups: GroupWorld, ID: string): Promise<void> {
  const before = await groups.steady(ID, 2)
  const freed = await groups.plugin.call('Group.FreeGroup', { ID })
  await groups.quiet()
  const after = await groups.members(ID)
  holds(sameJson(after.ids, before), `${before.join()} as before`, after.ids.join(), freed, after.answer)
  // How an unknown group is refused is for another promise.
  await groups.plugin.refusal('Group.DescribeGroup', { ID }, 'the group to be forgotten')
}

async function checkDestroy(groups: GroupWorld, ID: string): Promise<void> {
  await groups.steady(ID, 2)
  const destroyed = await groups.plugin.call('Group.DestroyGroup', { ID })
  await eventually(groups.patienceMs, async () => {
    const { ids, answer } = await groups.members(ID)
    holds(ids.length === 0, 'no instance of a destroyed group', ids.join(), destroyed, answer)
    const described = await groups.plugin.ask('Group.DescribeGroup', { ID })
    holds(described.error !== undefined, 'the group to be gone', wordsOf(described), destroyed, described)
  })
}

async function refusesUnknown({ plugin, facts }: Probe, method: string, request: object): Promise<void> {
  const answer = await plugin.refusal(method, request, `${method} to refuse ${noGroup}`)
  const said = facts.original || answer.error?.code === notFound
  holds(said, `${method} to refuse ${noGroup}, as not-found (-32001)`, wordsOf(answer), answer)
}

async function checkUnknown(_groups: GroupWorld, ID: string, probe: Probe): Promise<void> {
  for (const method of ['DescribeGroup', 'FreeGroup', 'DestroyGroup', 'Size']) {
    try {
      await refusesUnknown(probe, `Group.${method}`, { ID })
    } catch (error) {
      if (!(error instanceof NotApplicable)) throw error
    }
  }
}

async function checkForeign(groups: GroupWorld, ID: string, probe: Probe): Promise<void> {
  const strangers = [await groups.foreign(), await groups.foreign(probe.unique('no-group'))]
  await groups.steady(ID, 2)
  const described = await groups.describe(ID)
  const members = listOf(rowOf(described.result.Description).Instances).map((one) => String(rowOf(one).ID))
  const taken = strangers.filter((id) => members.includes(id))
  holds(taken.length === 0, 'only instances of its own', `also ${taken.join()}`, described)
  await groups.commit(groups.spec(ID, { Size: 1 }))
  await groups.quiet()
  const destroyed = await groups.plugin.ask('Group.DestroyGroup', { ID })
  await groups.quiet()
  const { descriptions, answer } = await groups.instances.list()
  const gone = strangers.filter((id) => descriptions.every((one) => one.ID !== id))
  holds(gone.length === 0, 'instances that are not its own to be left alone', `${gone.join()} gone`, destroyed, answer)
}

async function checkWrongSpec(groups: GroupWorld, ID: string, probe: Probe): Promise<void> {
  const right = rowOf(groups.spec(ID, { Size: 1 }).Properties)
  const without = (field: string): Row => Object.fromEntries(Object.entries(right).filter(([key]) => key !== field))
  const since = [
    { ID, Properties: { ...right, Allocation: { Size: 'two' } } },
    { ID, Properties: { ...right, Allocation: { Size: -1 } } },
    { ID, Properties: { ...right, Instance: { Plugin: probe.unique('no-plugin') } } },
    { ID, Properties: without('Flavor') },
  ]
  for (const spec of [{ ID, Properties: without('Allocation') }, ...(probe.facts.original ? [] : since)]) {
    const answer = await groups.tryToCommit(spec)
    holds(answer.error !== undefined, 'a wrong specification to be refused', wordsOf(answer), answer)
    const { spec: kept, answer: inspection } = await inspected(groups, ID)
    holds(kept === undefined, 'nothing taken over of what was refused', writeJson(kept), answer, inspection)
  }
}

async function checkPets(groups: GroupWorld, ID: string): Promise<void> {
  const LogicalIDs = [`${ID}-a`, `${ID}-b`]
  await groups.commit(groups.spec(ID, { LogicalIDs }))
  const named = async (without: readonly string[]) => {
    await groups.settled(ID, 2, without)
    const { descriptions, answer } = await groups.members(ID)
    const names = descriptions.map(({ LogicalID }) => LogicalID).sort()
    const got = writeJson(names)
    applies(
      descriptions.some(({ LogicalID }) => LogicalID),
      'the instance plugin keeps no logical IDs',
    )
    if (!sameJson(names, LogicalIDs)) throw new BrokenPromise(`pets ${LogicalIDs.join()}`, got, [answer.exchange])
    return descriptions[0]?.ID ?? ''
  }
  const lost = await named([])
  await groups.instances.plugin.call('Instance.Destroy', { Instance: lost })
  await named([lost])
}

const promises: readonly (Omit<PluginPromise, 'interface' | 'check'> & {
  readonly check: Parameters<typeof onGroup>[0]
})[] = [
  {
    name: 'a committed group gets as many instances as it shall have, and says so',
    why: 'That is what a group is for; scripts wait for Converged.',
    check: checkConverges,
  },
  {
    name: 'pretending explains and changes nothing',
    why: 'Who asks what would happen does not want it to happen.',
    check: checkPretend,
  },
  {
    name: 'committing the same again changes nothing',
    why: 'Specifications are committed again and again, by hand and by machines.',
    check: checkSameAgain,
  },
  {
    name: 'a group is inspected as it was committed',
    why: 'The specification can be edited and committed again.',
    check: checkInspect,
  },
  {
    name: 'a wrong specification is refused, and nothing of it is taken over',
    why: 'Half a group would be kept for ever.',
    check: checkWrongSpec,
  },
  {
    name: 'a lost instance is replaced',
    why: 'That is what a group is for.',
    check: checkHeals,
  },
  {
    name: 'another size adds or takes away, and leaves the other instances alone',
    why: 'They are serving somebody.',
    check: checkScale,
  },
  {
    name: 'SetSize is in force at once, and Size tells',
    why: 'Whoever scales by measurement asks for the size and sets another.',
    check: checkSetSize,
  },
  {
    name: 'instances that are named are destroyed, and not replaced',
    why: 'Whoever scales down may know best which ones have nothing to do.',
    check: checkDestroyInstances,
  },
  {
    name: 'another specification replaces every instance',
    why: 'What runs has to be what was declared.',
    check: checkRolls,
  },
  {
    name: 'pets are made under their names, and come back under them',
    why: 'Their names are what others know them by, and where their data is.',
    check: checkPets,
  },
  {
    name: 'only instances of its own are touched',
    why: 'The others belong to another group, or to somebody who made them by hand.',
    check: checkForeign,
  },
  {
    name: 'a freed group is forgotten, and its instances stay as they are',
    why: 'Freeing hands a running group over to another plugin.',
    check: checkFree,
  },
  {
    name: 'a destroyed group takes its instances with it',
    why: 'Nobody would ever destroy them.',
    check: checkDestroy,
  },
  {
    name: 'a group that is not there is refused as not-found',
    why: 'Who misspells an ID must learn that nothing was done.',
    check: checkUnknown,
  },
]

export const groupPromises: readonly PluginPromise[] = promises.map(({ check, ...one }) => ({
  interface: 'Group',
  ...one,
  check: onGroup(check),
}))
