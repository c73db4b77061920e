import { tag } from '@infrakit/spi'
import { wordsOf, type Answer } from './caller.js'
import { honoursKeys } from './instance.js'
import { ownTag } from './instances.js'
import { listOf, rowOf } from './json.js'
import { allOf, applies, holds } from './outcome.js'
import type { Probe } from './probe.js'
import type { PluginPromise } from './promise.js'

const notFound = -32001
/** Moments at which a call is broken off (ms after it was begun). */
const cuts = [1, 5, 25]
/** Instances that come and go, one after the other, in each of two lanes. */
const comings = 4

async function checkLabel({ instances, plugin }: Probe): Promise<void> {
  const Tags = { 'verify-stays': 'as it is', 'verify-changes': 'before' }
  const one = await instances.make({ Tags })
  const Labels = { 'verify-changes': 'after', 'verify-new': 'ü' }
  const labelled = await plugin.call('Instance.Label', { Instance: one.ID, Labels })
  const { description, answer } = await instances.find(one.ID)
  for (const [key, value] of Object.entries({ ...one.spec.Tags, ...Labels })) {
    const got = description.Tags?.[key]
    holds(got === value, `the tag ${key}=${value} of ${one.ID}`, `${got}`, labelled, answer)
  }
}

async function checkOwnLabel({ instances, plugin }: Probe): Promise<void> {
  const [one, other] = [await instances.make(), await instances.make()]
  const labelled = await plugin.call('Instance.Label', { Instance: one.ID, Labels: { 'verify-new': '1' } })
  const { description, answer } = await instances.find(other.ID)
  const got = description.Tags?.['verify-new']
  holds(got === undefined, `no new tag on ${other.ID}`, `verify-new=${got}`, labelled, answer)
}

async function checkDestroy({ instances, plugin }: Probe): Promise<void> {
  const [one, other] = [await instances.make(), await instances.make()]
  const destroyed = await plugin.call('Instance.Destroy', { Instance: one.ID, Context: { Reason: 'verify' } })
  const { descriptions, answer } = await instances.list()
  const ids = descriptions.map(({ ID }) => ID)
  holds(!ids.includes(one.ID), `instance ${one.ID} to be gone`, 'it is still described', destroyed, answer)
  holds(ids.includes(other.ID), `instance ${other.ID} to be still there`, 'it is gone too', destroyed, answer)
}

/** ID of an instance that was there and is not any more: well formed, and unknown. */
export async function departed({ instances, plugin }: Probe): Promise<string> {
  const { ID } = await instances.make()
  const { error } = await plugin.call('Instance.Destroy', { Instance: ID })
  const { descriptions } = await instances.list()
  applies(error === undefined && descriptions.every((one) => one.ID !== ID), 'nothing could be destroyed')
  return ID
}

function judgeNotFound({ facts }: Probe, answer: Answer): void {
  const said = facts.original || answer.error?.code === notFound
  holds(said, 'an error of the kind not-found (-32001)', wordsOf(answer), answer)
}

function refusesUnknown(method: string, more: object): (probe: Probe) => Promise<void> {
  return async (probe) => {
    const expected = `${method} of an instance that is not there to be an error`
    judgeNotFound(probe, await probe.plugin.refusal(method, { Instance: await departed(probe), ...more }, expected))
  }
}

async function checkSteadyListing(probe: Probe): Promise<void> {
  const { instances, plugin } = probe
  const { ID } = await instances.sample()
  let busy = true
  const lane = async () => {
    for (let turn = 0; turn < comings; turn++) {
      const passing = await instances.make()
      await plugin.ask('Instance.Destroy', { Instance: passing.ID })
    }
  }
  const lanes = allOf([lane(), lane()]).finally(() => (busy = false))
  lanes.catch(() => undefined) // heard of below
  let seen = 0
  try {
    while (busy) {
      // It may fail when something has gone meanwhile; it must not give a short list.
      const answer = await plugin.ask('Instance.DescribeInstances', { Tags: { [ownTag]: instances.run } })
      if (answer.error !== undefined) continue
      seen++
      const found = listOf(answer.result.Descriptions).some((one) => rowOf(one).ID === ID)
      holds(found, `instance ${ID} in every listing while others come and go`, 'a listing without it', answer)
    }
  } finally {
    await lanes
  }
  applies(seen > 0, 'no listing succeeded while instances came and went')
}

async function checkBrokenOff(probe: Probe): Promise<void> {
  applies(probe.findings.has(honoursKeys), 'without keys nobody can ask again')
  const { instances } = probe
  for (const cut of cuts) {
    const before = new Set([...instances.made(), ...(await instances.list()).descriptions.map(({ ID }) => ID)])
    const Tags = { 'verify-role': probe.unique('cut'), [tag.provision]: probe.unique('key') }
    const spec = instances.spec({ Tags })
    await instances.tryToMake(spec, AbortSignal.timeout(cut)).catch(() => undefined)
    const again = await instances.tryToMake(spec)
    holds(again.error === undefined, 'the same call to succeed afterwards', wordsOf(again), again)
    const { descriptions, answer } = await instances.list()
    for (const { ID, Tags: described } of descriptions.filter((one) => !before.has(one.ID))) {
      const whole = Object.entries(spec.Tags ?? {}).every(([key, value]) => described?.[key] === value)
      holds(whole, 'all of the instance or nothing', `${ID} with ${JSON.stringify(described)}`, again, answer)
    }
  }
}

const promises: readonly Omit<PluginPromise, 'interface'>[] = [
  {
    name: 'a label is added or replaced, and other tags stay',
    why: 'A group marks its instances with labels; one that loses a tag is lost to its group.',
    check: checkLabel,
  },
  {
    name: 'a label is put on the named instance alone',
    why: 'Another one would be taken for what it is not.',
    check: checkOwnLabel,
  },
  {
    name: 'a label for an instance that is not there is refused as not-found',
    why: 'Who labels must learn that nothing was labelled.',
    check: refusesUnknown('Instance.Label', { Labels: { 'verify-new': '1' } }),
  },
  {
    name: 'a destroyed instance is gone, and others stay',
    why: 'A group that hears of success looks no further; what is left runs on, and costs.',
    check: checkDestroy,
  },
  {
    name: 'destroying an instance that is not there is refused as not-found',
    why: 'Callers take not-found for done; after another error they would try for ever.',
    check: refusesUnknown('Instance.Destroy', {}),
  },
  {
    name: 'an instance is never missing from a listing while others come and go',
    why: 'A group takes a missing instance for lost, and makes another one.',
    check: checkSteadyListing,
  },
  {
    name: 'a provision whose caller went away is done wholly or not at all',
    why: 'Half an instance has no owner: no group finds it by its tags.',
    check: checkBrokenOff,
  },
]

export const instanceChangePromises: readonly PluginPromise[] = promises.map((one) => ({
  interface: 'Instance',
  ...one,
}))
