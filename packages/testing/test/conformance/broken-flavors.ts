import { setTimeout as sleep } from 'node:timers/promises'
import { InfrakitError, type Flavor, type health, type Tags } from '@infrakit/spi'
import { flavorPlugin, type BrokenPlugin } from './plugins.js'

/** Another way to prepare: what a flavor that is right answers, with something changed. */
function preparing(change: (spec: Awaited<ReturnType<Flavor['prepare']>>['Spec']) => object) {
  return () =>
    flavorPlugin((right) => ({
      async prepare(request, call) {
        const { Spec } = await right.prepare(request, call)
        return { Spec: change(Spec) }
      },
    }))
}

/** One broken thing each in a flavor. */
export const brokenFlavors: readonly BrokenPlugin[] = [
  {
    what: 'accepts properties only once',
    breaks: 'Flavor: valid properties are accepted, for a size or for logical IDs',
    plugin: () => {
      let asked = 0
      return flavorPlugin((right) => ({
        async validate(request) {
          await right.validate(request)
          if (++asked > 1) throw new InfrakitError('input', 'not again')
        },
      }))
    },
  },
  {
    what: 'refuses properties with an error of another kind',
    breaks: 'Flavor: wrong properties are refused with an error of the kind input',
    plugin: () =>
      flavorPlugin((right) => ({
        validate: (request) =>
          right.validate(request).catch(() => Promise.reject(new InfrakitError('plugin-failed', 'no'))),
      })),
  },
  {
    what: 'loses the commands that were there',
    breaks: 'Flavor: preparing keeps the commands of Init that are there',
    plugin: preparing((Spec) => ({ ...Spec, Init: 'echo flavor' })),
  },
  {
    what: 'changes the logical ID',
    breaks: 'Flavor: preparing keeps the logical ID',
    plugin: preparing((Spec) => ({ ...Spec, LogicalID: Spec.LogicalID && `${Spec.LogicalID}-1` })),
  },
  {
    what: 'puts its tags in the place of those that are there',
    breaks: 'Flavor: preparing keeps the tags that are there',
    plugin: preparing((Spec) => ({ ...Spec, Tags: { tier: 'web' } })),
  },
  {
    what: 'rounds the properties of the instance',
    breaks: 'Flavor: preparing keeps the properties of the instance as they are',
    plugin: () => flavorPlugin(undefined, { read: (text) => JSON.parse(text) as unknown }),
  },
  {
    what: 'detaches what is attached',
    breaks: 'Flavor: preparing keeps the attachments that are there',
    plugin: preparing((Spec) => ({ ...Spec, Attachments: [] })),
  },
  {
    what: 'prepares differently each time',
    breaks: 'Flavor: the same request is prepared in the same way',
    plugin: () => {
      let count = 0
      return preparing((Spec) => ({ ...Spec, Init: `${Spec.Init ?? ''}\necho ${++count}` }))()
    },
  },
  {
    what: 'mixes specifications that it prepares at once',
    breaks: 'Flavor: specifications that are prepared at the same time do not mix',
    plugin: () => {
      let last: object
      return flavorPlugin((right) => ({
        async prepare(request) {
          last = request.Spec
          await sleep(5)
          return right.prepare({ ...request, Spec: last })
        },
      }))
    },
  },
  {
    what: 'cannot prepare without tags',
    breaks: 'Flavor: a specification without tags, Init and attachments can be prepared',
    plugin: () =>
      flavorPlugin((right) => ({
        prepare: async (request) =>
          Object.keys(request.Spec.Tags as Tags).length > 0 ? right.prepare(request) : { Spec: {} },
      })),
  },
  {
    what: 'answers health with yes',
    breaks: 'Flavor: health is unknown, healthy or unhealthy',
    plugin: () =>
      flavorPlugin(() => ({ healthy: async () => ({ Health: 'yes' as unknown as typeof health.healthy }) })),
  },
  {
    what: 'drains only once',
    breaks: 'Flavor: a drain comes to its end, also when it is repeated',
    plugin: () => {
      let drained = false
      return flavorPlugin(() => ({
        async drain() {
          if (drained) throw new InfrakitError('conflict', 'it was drained before')
          drained = true
        },
      }))
    },
  },
]
