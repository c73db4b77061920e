import { tag } from '@infrakit/spi'
import { wordsOf } from './caller.js'
import { ownTag } from './instances.js'
import { rowOf, sameJson, writeJson } from './json.js'
import { allOf, applies, holds } from './outcome.js'
import { sinceTheOriginal, type Probe } from './probe.js'
import type { PluginPromise } from './promise.js'

const inputCode = -32602
/** How many are made at once. */
const crowd = 6
/** More digits than a JavaScript number can hold. */
const bigNumber = '9007199254740993'

/** Found by one check, needed by others. */
export const honoursKeys = 'it honours keys'

/** Specifications that hold something of the wrong kind: one of them is refused by most plugins. */
function wrongSpecs({ instances }: Probe): Record<string, unknown>[] {
  const spec = { ...instances.spec() }
  return [
    { ...spec, Properties: 'no properties' },
    { ...spec, Properties: { [ownTag]: { unknown: true } } },
    { ...spec, Init: { not: 'a text' } },
    { ...spec, Attachments: 'none' },
  ]
}

async function checkValidate({ plugin, properties }: Probe): Promise<void> {
  const answer = await plugin.call('Instance.Validate', { Properties: properties })
  holds(answer.error === undefined, 'the properties to be accepted', wordsOf(answer), answer)
}

async function checkRefusal(probe: Probe): Promise<void> {
  const { plugin } = probe
  for (const { Properties } of wrongSpecs(probe)) {
    const answer = await plugin.ask('Instance.Validate', { Properties })
    if (answer.error === undefined) continue
    const said = probe.facts.original || answer.error.code === inputCode
    return holds(said, 'an error of the kind input (-32602)', wordsOf(answer), answer)
  }
  applies(false, 'it accepts any properties')
}

async function checkRefusedProvision(probe: Probe): Promise<void> {
  const { instances } = probe
  for (const wrong of wrongSpecs(probe)) {
    const role = probe.unique('refused')
    const spec = { ...wrong, Tags: { [ownTag]: instances.run, 'verify-role': role } }
    const answer = await instances.tryToMake(spec)
    if (answer.error === undefined) continue
    const { descriptions, answer: listing } = await instances.list({ 'verify-role': role })
    const made = descriptions.filter(({ Tags }) => Tags?.['verify-role'] === role)
    holds(made.length === 0, 'nothing made by a provision that failed', writeJson(made), answer, listing)
    return
  }
  applies(false, 'it provisions whatever it is given')
}

async function checkProvision({ instances }: Probe): Promise<void> {
  const answer = await instances.tryToMake(instances.spec({ Tags: { 'verify-role': 'first' } }))
  holds(answer.error === undefined, 'an instance', wordsOf(answer), answer)
  const { ID } = answer.result
  holds(typeof ID === 'string' && ID !== '', 'the ID of the instance', JSON.stringify(ID), answer)
  const { descriptions, answer: listing } = await instances.list()
  const there = descriptions.some((one) => one.ID === ID)
  holds(there, `instance ${String(ID)} to be described at once`, `${descriptions.length} others`, answer, listing)
}

async function checkTags(probe: Probe): Promise<void> {
  const { instances } = probe
  // No group has that ID, so no group takes the instance for its own.
  const Tags = { 'verify-first': '1', 'verify-second': '2', [tag.group]: probe.unique('no-group') }
  const made = await instances.make({ Tags })
  const { description, answer } = await instances.find(made.ID)
  for (const [key, value] of Object.entries(made.spec.Tags ?? {})) {
    const got = description.Tags?.[key]
    holds(got === value, `the tag ${key}=${value}`, `${got}`, made.answer, answer)
  }
}

async function checkCharacters({ instances }: Probe): Promise<void> {
  const strange = {
    empty: '',
    'with space': ' a = b, c ',
    größe: 'ÄÖ 漢字 🦊',
    quote: '"\\/\u0001<&>',
    digits: '90071992547409931234567890',
  }
  // A literal `__proto__` would set the prototype.
  const Tags = Object.fromEntries([...Object.entries(strange), ['__proto__', 'a tag'], ['constructor', 'another']])
  const spec = { ...instances.spec(), Tags: Object.fromEntries([...Object.entries(Tags), [ownTag, instances.run]]) }
  const made = await instances.tryToMake(spec)
  applies(made.error === undefined, `it refuses tags with such characters: ${wordsOf(made)}`)
  const { description, answer } = await instances.find(String(made.result.ID))
  const described = new Map(Object.entries(rowOf(description.Tags)))
  for (const [key, value] of Object.entries(Tags)) {
    const got = JSON.stringify(described.get(key))
    holds(described.get(key) === value, `the tag ${key} with the value ${JSON.stringify(value)}`, got, made, answer)
  }
}

async function checkLogicalID(probe: Probe): Promise<void> {
  const { instances } = probe
  const LogicalID = probe.unique('pet')
  const made = await instances.tryToMake(instances.spec({ LogicalID }))
  applies(made.error === undefined, `it refuses the logical ID ${LogicalID}: ${wordsOf(made)}`)
  const { description, answer } = await instances.find(String(made.result.ID))
  holds(description.LogicalID === LogicalID, `LogicalID ${LogicalID}`, `${description.LogicalID}`, made, answer)
}

async function checkFilter(probe: Probe): Promise<void> {
  const { instances } = probe
  const both = { 'verify-set': probe.unique('set'), 'verify-kind': 'a' }
  const one = await instances.make({ Tags: both })
  const other = await instances.make({ Tags: { ...both, 'verify-kind': 'b' } })
  const cases: [tags: Record<string, string>, expected: string[]][] = [
    [{ 'verify-set': both['verify-set'] }, [one.ID, other.ID]],
    [both, [one.ID]],
    [{ ...both, 'verify-kind': 'c' }, []],
    [{ ...both, 'verify-unknown': '' }, []],
  ]
  for (const [tags, expected] of cases) {
    const { descriptions, answer } = await instances.list(tags)
    const ids = descriptions.map(({ ID }) => ID)
    const got = `${ids.length} instances: ${ids.slice(0, 5).join(', ')}`
    holds(sameJson(ids.sort(), expected.sort()), `exactly [${expected.join(', ')}]`, got, answer)
  }
}

async function checkAll({ instances }: Probe): Promise<void> {
  const { ID } = await instances.sample()
  for (const params of [{ Tags: null }, { Tags: {} }, {}]) {
    const answer = await instances.plugin.call('Instance.DescribeInstances', params)
    const { Descriptions } = answer.result
    const found = Array.isArray(Descriptions) && Descriptions.some((one) => rowOf(one).ID === ID)
    holds(found, `instance ${ID} among all instances`, answer.exchange.response.slice(0, 300), answer)
  }
}

async function checkProperties({ instances }: Probe): Promise<void> {
  const { ID } = await instances.sample()
  const { description, answer } = await instances.find(ID)
  const { Properties } = description
  holds(
    Properties === undefined || Properties === null,
    'no Properties, as nobody asked',
    writeJson(Properties),
    answer,
  )
}

async function checkBigNumbers({ instances, plugin }: Probe): Promise<void> {
  const { LosslessNumber } = await import('lossless-json')
  const number = new LosslessNumber(bigNumber)
  const Properties = { ...rowOf(instances.properties), InfrakitVerify: number }
  const { error } = await plugin.ask('Instance.Validate', { Properties })
  applies(error === undefined, 'it accepts no property that could hold one')
  const made = await instances.make({ Properties })
  const { description, answer } = await instances.find(made.ID, true)
  const shown = /"InfrakitVerify"\s*:\s*([^,}\s]+)/.exec(writeJson(description.Properties))?.[1]
  applies(shown !== undefined, 'it does not show the properties that it was given')
  holds(shown === bigNumber, `the number ${bigNumber} as it was given`, `${shown}`, made.answer, answer)
}

async function checkKey(probe: Probe): Promise<void> {
  sinceTheOriginal(probe)
  const { instances } = probe
  const Tags = { [tag.provision]: probe.unique('key') }
  const first = await instances.make({ Tags })
  const second = await instances.tryToMake(first.spec)
  holds(second.result.ID === first.ID, `the instance ${first.ID} again`, wordsOf(second), first.answer, second)
  const { descriptions, answer } = await instances.list(Tags)
  const there = descriptions.filter((one) => one.Tags?.[tag.provision] === Tags[tag.provision])
  holds(there.length === 1, 'one instance under the key', `${there.length}`, second, answer)
  probe.findings.add(honoursKeys)
}

async function checkKeyAtOnce(probe: Probe): Promise<void> {
  applies(probe.findings.has(honoursKeys), 'it honours no keys')
  const { instances } = probe
  const spec = instances.spec({ Tags: { [tag.provision]: probe.unique('key') } })
  const answers = await allOf(Array.from({ length: crowd }, () => instances.tryToMake(spec)))
  // One that is told that the other call is still going on asks again, as the group does.
  const ids = new Set(answers.flatMap(({ error, result }) => (error ? [] : [String(result.ID)])))
  const got = [...ids].join(', ')
  applies(ids.size > 0, `no instance could be made: ${answers[0] ? wordsOf(answers[0]) : ''}`)
  const { descriptions, answer } = await instances.list()
  const there = descriptions.filter((one) => one.Tags?.[tag.provision] === spec.Tags?.[tag.provision])
  holds(ids.size === 1, `one ID for ${crowd} calls with one key`, got, ...answers.slice(0, 2), answer)
  holds(there.length === 1, 'one instance under the key', `${there.length}`, ...answers.slice(0, 2), answer)
}

async function checkCrowd(probe: Probe): Promise<void> {
  const { instances } = probe
  const roles = Array.from({ length: crowd }, () => probe.unique('crowd'))
  const made = await allOf(roles.map((role) => instances.make({ Tags: { 'verify-role': role } })))
  const ids = new Set(made.map(({ ID }) => ID))
  const answers = made.map(({ answer }) => answer)
  holds(ids.size === crowd, `${crowd} different instances`, [...ids].join(', '), ...answers)
  const { descriptions, answer } = await instances.list()
  for (const [index, { ID }] of made.entries()) {
    const role = descriptions.find((one) => one.ID === ID)?.Tags?.['verify-role']
    holds(role === roles[index], `instance ${ID} with its tag verify-role=${roles[index]}`, `${role}`, answer)
  }
}

const promises: readonly Omit<PluginPromise, 'interface'>[] = [
  {
    name: 'valid properties are accepted',
    why: 'A group is committed only when its plugin accepts the properties.',
    check: checkValidate,
  },
  {
    name: 'wrong properties are refused with an error of the kind input',
    why: 'The user reads at commit what is wrong; after other errors the group would try again.',
    check: checkRefusal,
  },
  {
    name: 'a provisioned instance has an ID and is described at once',
    why: 'A group that does not find what it has just made makes another one.',
    check: checkProvision,
  },
  {
    name: 'a provision that is refused makes nothing',
    why: 'Nobody knows of such an instance, so nobody ever destroys it.',
    check: checkRefusedProvision,
  },
  {
    name: 'an instance is described with all tags that it was given',
    why: 'By its tags a group finds its instances again.',
    check: checkTags,
  },
  {
    name: 'tags keep every character of theirs',
    why: 'They belong to whoever wrote them, in any language.',
    check: checkCharacters,
  },
  {
    name: 'an instance is described with its logical ID',
    why: 'A group of pets without their names would make each of them again.',
    check: checkLogicalID,
  },
  {
    name: 'only instances that carry all of the tags asked for are listed',
    why: 'A group would take the instances of another group for its own, and destroy them.',
    check: checkFilter,
  },
  {
    name: 'without tags all instances are listed',
    why: '`infrakit instance describe` shows what there is; null and absent are the same.',
    check: checkAll,
  },
  {
    name: 'properties are described only when they are asked for',
    why: 'They may be large, and may hold what is not for everybody.',
    check: checkProperties,
  },
  {
    name: 'big numbers in properties stay what they are',
    why: 'Properties belong to whoever wrote them; many JSON libraries round integers beyond 2⁵³.',
    check: checkBigNumbers,
  },
  {
    name: 'a repeated provision key gives the same instance',
    why: 'A group that was killed asks again with the same key; without this it would make a second instance.',
    check: checkKey,
  },
  {
    name: 'calls with one provision key at the same time make one instance',
    why: 'A group that lost its connection may ask again while the first call is still being carried out.',
    check: checkKeyAtOnce,
  },
  {
    name: 'provisions at the same time make an instance each, with its own tags',
    why: 'A group makes many at once.',
    check: checkCrowd,
  },
]

export const instancePromises: readonly PluginPromise[] = promises.map((one) => ({ interface: 'Instance', ...one }))
