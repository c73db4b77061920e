import type { Allocation, InstanceSpec } from '@infrakit/spi'
import { isUnknownMethod, wordsOf, type Answer } from './caller.js'
import { ownTag } from './instances.js'
import { listOf, readJson, rowOf, sameJson, writeJson, type Row } from './json.js'
import { allOf, applies, holds } from './outcome.js'
import type { Probe } from './probe.js'
import type { PluginPromise } from './promise.js'

const inputCode = -32602
/** How many specifications are prepared at once. */
const crowd = 6

/** What belongs to the instance plugin, with all that gets lost when it is rebuilt. */
const opaqueProperties = `{"Note":"ü","number":9007199254740993,"list":[1,{"__proto__":{"a":1}}],"constructor":"x"}`

/** An allocation that the flavor takes; some want logical IDs, some have no use for them. */
async function allocationFor({ plugin, properties }: Probe): Promise<{ allocation: Allocation; answer: Answer }> {
  const cattle = { Size: 2 }
  const answer = await plugin.ask('Flavor.Validate', { Properties: properties, Allocation: cattle })
  if (answer.error === undefined) return { allocation: cattle, answer }
  const pets = { LogicalIDs: ['verify-1', 'verify-2'] }
  const second = await plugin.ask('Flavor.Validate', { Properties: properties, Allocation: pets })
  return { allocation: pets, answer: second }
}

/** A specification as a group hands it over. */
function specFor(probe: Probe, LogicalID: string | null): InstanceSpec {
  const Tags = {
    [ownTag]: probe.instances.run,
    'infrakit.group': 'verify',
    'infrakit.config_sha': 'abc',
    'infrakit.provision': 'verify-key',
    größe: 'ü',
  }
  return { Properties: null, Tags, Init: '', LogicalID, Attachments: null }
}

interface Prepared {
  readonly given: InstanceSpec
  readonly spec: Row
  readonly answer: Answer
}

async function prepare(probe: Probe, given: Partial<InstanceSpec> = {}, sequence = 0): Promise<Prepared> {
  const { allocation } = await allocationFor(probe)
  const spec = { ...specFor(probe, allocation.LogicalIDs?.[sequence] ?? null), ...given }
  const request = {
    Properties: probe.properties,
    Spec: spec,
    Allocation: allocation,
    Index: { Group: 'verify', Sequence: sequence },
  }
  const answer = await probe.plugin.call('Flavor.Prepare', request)
  return { given: spec, spec: rowOf(answer.result.Spec), answer }
}

async function checkValidate(probe: Probe): Promise<void> {
  const { answer } = await allocationFor(probe)
  holds(answer.error === undefined, 'the properties to be accepted', wordsOf(answer), answer)
}

async function checkRefusal(probe: Probe): Promise<void> {
  const { plugin, facts } = probe
  const { allocation: Allocation } = await allocationFor(probe)
  for (const Properties of ['no properties', 17, { [ownTag]: { unknown: true } }]) {
    const answer = await plugin.ask('Flavor.Validate', { Properties, Allocation })
    if (answer.error === undefined) continue
    const said = facts.original || answer.error.code === inputCode
    return holds(said, 'an error of the kind input (-32602)', wordsOf(answer), answer)
  }
  applies(false, 'it accepts any properties')
}

async function checkProperties(probe: Probe): Promise<void> {
  const given = rowOf(readJson(opaqueProperties))
  const { spec, answer } = await prepare(probe, { Properties: given })
  const got = rowOf(spec.Properties)
  for (const [key, value] of Object.entries(given)) {
    holds(sameJson(got[key], value), `Properties.${key} as it was: ${writeJson(value)}`, writeJson(got[key]), answer)
  }
}

async function checkTags(probe: Probe): Promise<void> {
  const { given, spec, answer } = await prepare(probe)
  const tags = rowOf(spec.Tags)
  for (const [key, value] of Object.entries(given.Tags ?? {})) {
    holds(tags[key] === value, `the tag ${key}=${value}`, String(tags[key]), answer)
  }
}

async function checkLogicalID(probe: Probe): Promise<void> {
  const { allocation } = await allocationFor(probe)
  const names = allocation.LogicalIDs ?? [probe.unique('pet')]
  for (const [index, LogicalID] of names.entries()) {
    const { spec, answer } = await prepare(probe, { LogicalID }, index)
    holds(spec.LogicalID === LogicalID, `LogicalID ${LogicalID}`, String(spec.LogicalID), answer)
  }
}

async function checkInit(probe: Probe): Promise<void> {
  const Init = 'echo first\necho "second ü"'
  const { spec, answer } = await prepare(probe, { Init })
  const kept = typeof spec.Init === 'string' && spec.Init.includes(Init)
  holds(kept, `the commands that were there: ${JSON.stringify(Init)}`, JSON.stringify(spec.Init), answer)
}

async function checkAttachments(probe: Probe): Promise<void> {
  const Attachments = [{ ID: 'verify-disk', Type: 'verify' }]
  const { spec, answer } = await prepare(probe, { Attachments })
  const kept = listOf(spec.Attachments).some((one) => sameJson(one, Attachments[0]))
  holds(kept, `the attachment that was there: ${writeJson(Attachments)}`, writeJson(spec.Attachments), answer)
}

async function checkSame(probe: Probe): Promise<void> {
  const one = await prepare(probe)
  const other = await prepare(probe)
  holds(sameJson(one.spec, other.spec), writeJson(one.spec), writeJson(other.spec), one.answer, other.answer)
}

async function checkCrowd(probe: Probe): Promise<void> {
  const names = Array.from({ length: crowd }, () => probe.unique('mark'))
  const tagsOf = (name: string) => ({ ...specFor(probe, null).Tags, 'verify-mark': name })
  const prepared = await allOf(names.map((name) => prepare(probe, { Tags: tagsOf(name) })))
  for (const [index, { spec, answer }] of prepared.entries()) {
    const got = rowOf(spec.Tags)['verify-mark']
    // Whether tags are kept at all is for another promise.
    holds(got === names[index] || got === undefined, `its own tags: ${names[index]}`, String(got), answer)
  }
}

async function checkNulls(probe: Probe): Promise<void> {
  const { allocation } = await allocationFor(probe)
  const Spec = { Properties: null, Tags: null, Init: null, LogicalID: allocation.LogicalIDs?.[0] ?? null }
  const request = { Properties: probe.properties, Spec, Allocation: allocation }
  const answer = await probe.plugin.call('Flavor.Prepare', request)
  const got = writeJson(answer.result)
  holds(typeof answer.result.Spec === 'object', 'a specification', got, answer)
}

async function checkHealthy(probe: Probe): Promise<void> {
  const answer = await probe.plugin.ask('Flavor.Healthy', instanceRequest(probe))
  holds(!isUnknownMethod(answer), 'a judgement', wordsOf(answer), answer)
  applies(answer.error === undefined, `it judges no instance that is not there: ${wordsOf(answer)}`)
  const { Health } = answer.result
  const known = Health === 0 || Health === 1 || Health === 2
  holds(known, '0 (unknown), 1 (healthy) or 2 (unhealthy)', writeJson(Health), answer)
}

async function checkDrain(probe: Probe): Promise<void> {
  const first = await probe.plugin.ask('Flavor.Drain', instanceRequest(probe))
  holds(!isUnknownMethod(first), 'an end of it', wordsOf(first), first)
  applies(first.error === undefined, `it drains no instance that is not there: ${wordsOf(first)}`)
  const second = await probe.plugin.ask('Flavor.Drain', instanceRequest(probe))
  holds(second.error === undefined, 'the same again', wordsOf(second), first, second)
}

function instanceRequest(probe: Probe): object {
  const Instance = { ID: probe.instances.run, LogicalID: null, Tags: { [ownTag]: probe.instances.run } }
  return { Properties: probe.properties, Instance }
}

const promises: readonly Omit<PluginPromise, 'interface'>[] = [
  {
    name: 'valid properties are accepted, for a size or for logical IDs',
    why: 'A group is committed only when its flavor accepts the properties.',
    check: checkValidate,
  },
  {
    name: 'wrong properties are refused with an error of the kind input',
    why: 'The user reads at commit what is wrong; after other errors the group would try again.',
    check: checkRefusal,
  },
  {
    name: 'preparing keeps the properties of the instance as they are',
    why: 'They belong to the instance plugin, big numbers and all.',
    check: checkProperties,
  },
  {
    name: 'preparing keeps the tags that are there',
    why: 'By its tags a group finds its instances again.',
    check: checkTags,
  },
  {
    name: 'preparing keeps the logical ID',
    why: 'A pet that comes back under another name is another one.',
    check: checkLogicalID,
  },
  {
    name: 'preparing keeps the commands of Init that are there',
    why: 'In a combination each flavor adds to what the others have written.',
    check: checkInit,
  },
  {
    name: 'preparing keeps the attachments that are there',
    why: 'They hold the data of a pet.',
    check: checkAttachments,
  },
  {
    name: 'the same request is prepared in the same way',
    why: 'An instance that was healed has to equal its siblings.',
    check: checkSame,
  },
  {
    name: 'specifications that are prepared at the same time do not mix',
    why: 'A group prepares many at once.',
    check: checkCrowd,
  },
  {
    name: 'a specification without tags, Init and attachments can be prepared',
    why: 'null and absent are the same, and mean that there are none.',
    check: checkNulls,
  },
  {
    name: 'health is unknown, healthy or unhealthy',
    why: 'A group replaces what is unhealthy; a number that it does not know tells it nothing.',
    check: checkHealthy,
  },
  {
    name: 'a drain comes to its end, also when it is repeated',
    why: 'After a failure the group drains again, and destroys nothing before that is done.',
    check: checkDrain,
  },
]

export const flavorPromises: readonly PluginPromise[] = promises.map((one) => ({ interface: 'Flavor', ...one }))
