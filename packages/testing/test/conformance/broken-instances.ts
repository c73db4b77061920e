import { setTimeout as sleep } from 'node:timers/promises'
import { InfrakitError, matchesTags, tag, type Tags } from '@infrakit/spi'
import type { VerifyOptions } from '../../src/conformance/index.js'
import { instancePlugin, without, type BrokenPlugin } from './plugins.js'

/** An instance plugin that forgets the tags which `wrong` tells. */
const forgetting = (wrong: (key: string) => boolean): (() => { transport: VerifyOptions['transport'] }) => {
  return () =>
    instancePlugin(({ handlers }) => ({
      provision: ({ Spec }) => handlers.provision({ Spec: { ...Spec, Tags: without(Spec.Tags, wrong) } }),
    }))
}

/** One broken thing each in how instances are made and listed. */
export const brokenInstances: readonly BrokenPlugin[] = [
  {
    what: 'accepts properties only once',
    breaks: 'Instance: valid properties are accepted',
    plugin: () => {
      let asked = 0
      return instancePlugin(({ handlers }) => ({
        async validate(request) {
          await handlers.validate(request)
          if (++asked > 1) throw new InfrakitError('input', 'not again')
        },
      }))
    },
  },
  {
    what: 'refuses properties with an error of another kind',
    breaks: 'Instance: wrong properties are refused with an error of the kind input',
    plugin: () =>
      instancePlugin(({ handlers }) => ({
        validate: (request) =>
          handlers.validate(request).catch(() => Promise.reject(new InfrakitError('plugin-failed', 'no'))),
      })),
  },
  {
    what: 'makes the instance although it says no',
    breaks: 'Instance: a provision that is refused makes nothing',
    plugin: () =>
      instancePlugin(({ handlers }) => ({
        async provision(request) {
          if (typeof request.Spec.Properties === 'object') return handlers.provision(request)
          await handlers.provision({ Spec: { ...request.Spec, Properties: {} } })
          throw new InfrakitError('input', 'Properties: expected an object')
        },
      })),
  },
  {
    what: 'lists what it makes only later',
    breaks: 'Instance: a provisioned instance has an ID and is described at once',
    plugin: () => {
      let first: string | undefined
      return instancePlugin(({ handlers }) => ({
        async provision(request) {
          const made = await handlers.provision(request)
          if (request.Spec.Tags?.['verify-role'] === 'first') first = made.ID
          return made
        },
        async describeInstances(request) {
          const { Descriptions } = await handlers.describeInstances(request)
          const late = first
          first = undefined
          return { Descriptions: Descriptions.filter(({ ID }) => ID !== late) }
        },
      }))
    },
  },
  {
    what: 'takes the tag of the group for its own',
    breaks: 'Instance: an instance is described with all tags that it was given',
    plugin: forgetting((key) => key === tag.group),
  },
  {
    what: 'drops tags whose name is not plain',
    breaks: 'Instance: tags keep every character of theirs',
    plugin: forgetting((key) => !/^[\w.-]+$/.test(key)),
  },
  {
    what: 'describes without the logical ID',
    breaks: 'Instance: an instance is described with its logical ID',
    plugin: () =>
      instancePlugin(({ handlers }) => ({
        provision: ({ Spec }) => handlers.provision({ Spec: { ...Spec, LogicalID: null } }),
      })),
  },
  {
    what: 'ignores the tags asked for',
    breaks: 'Instance: only instances that carry all of the tags asked for are listed',
    plugin: () =>
      instancePlugin(({ handlers }) => ({
        describeInstances: ({ Properties = null }) => handlers.describeInstances({ Properties }),
      })),
  },
  {
    what: 'lists instances that carry one of the tags',
    breaks: 'Instance: only instances that carry all of the tags asked for are listed',
    plugin: () =>
      instancePlugin(({ handlers }) => ({
        async describeInstances({ Tags, Properties = null }) {
          const { Descriptions } = await handlers.describeInstances({ Properties })
          const wanted = Object.entries(Tags ?? {})
          const some = (tags: Tags | null | undefined) =>
            wanted.some(([key, value]) => matchesTags(tags, { [key]: value }))
          return { Descriptions: Descriptions.filter((one) => wanted.length === 0 || some(one.Tags)) }
        },
      })),
  },
  {
    what: 'lists nothing when no tags are asked for',
    breaks: 'Instance: without tags all instances are listed',
    plugin: () =>
      instancePlugin(({ handlers }) => ({
        describeInstances: async (request) =>
          request.Tags ? handlers.describeInstances(request) : { Descriptions: [] },
      })),
  },
  {
    what: 'always shows the properties',
    breaks: 'Instance: properties are described only when they are asked for',
    plugin: () =>
      instancePlugin(({ handlers }) => ({
        describeInstances: ({ Tags = null }) => handlers.describeInstances({ Tags, Properties: true }),
      })),
  },
  {
    what: 'reads numbers as JavaScript numbers',
    breaks: 'Instance: big numbers in properties stay what they are',
    plugin: () => instancePlugin(undefined, { read: (text) => JSON.parse(text) as unknown }),
  },
  {
    what: 'knows no provision keys',
    breaks: 'Instance: a repeated provision key gives the same instance',
    plugin: () => {
      let count = 0
      return instancePlugin(({ handlers, memory }) => ({
        async provision({ Spec }) {
          const key = Spec.Tags?.[tag.provision]
          const made = await handlers.provision({
            Spec: { ...Spec, Tags: { ...Spec.Tags, [tag.provision]: `${++count}` } },
          })
          const tags = memory.instances.get(made.ID)?.Tags
          if (tags && key) tags[tag.provision] = key
          else if (tags) Reflect.deleteProperty(tags, tag.provision)
          return made
        },
      }))
    },
  },
  {
    what: 'looks for a provision key long before it makes the instance',
    breaks: 'Instance: calls with one provision key at the same time make one instance',
    plugin: () => {
      let count = 0
      return instancePlugin(({ handlers, memory }) => ({
        async provision(request) {
          const key = request.Spec.Tags?.[tag.provision]
          const known = [...memory.instances.values()].find((one) => key && one.Tags?.[tag.provision] === key)
          if (known) return { ID: known.ID }
          await sleep(5)
          const ID = `late-${++count}`
          const { Spec } = request
          await memory.before('provision', request)
          memory.instances.set(ID, { ID, LogicalID: Spec.LogicalID ?? null, Tags: { ...Spec.Tags }, Spec })
          return { ID }
        },
        describeInstances: handlers.describeInstances,
      }))
    },
  },
  {
    what: 'mixes up the tags of instances that are made at once',
    breaks: 'Instance: provisions at the same time make an instance each, with its own tags',
    plugin: () => {
      let last: Tags | null | undefined
      return instancePlugin(({ handlers }) => ({
        async provision({ Spec }) {
          // Keys apart, as those who ask with the same key get the same instance anyway.
          if (Spec.Tags?.[tag.provision]) return handlers.provision({ Spec })
          last = Spec.Tags
          await sleep(5)
          return handlers.provision({ Spec: { ...Spec, Tags: last ?? null } })
        },
      }))
    },
  },
]
