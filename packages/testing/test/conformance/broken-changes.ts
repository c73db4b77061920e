import { setTimeout as sleep } from 'node:timers/promises'
import { InfrakitError, type Call, type Tags } from '@infrakit/spi'
import { instancePlugin, without, type BrokenPlugin } from './plugins.js'

/** One broken thing each in how instances are changed and destroyed. */
export const brokenChanges: readonly BrokenPlugin[] = [
  {
    what: 'puts labels in the place of all tags',
    breaks: 'Instance: a label is added or replaced, and other tags stay',
    plugin: () =>
      instancePlugin(({ handlers, memory }) => ({
        async label(request) {
          await handlers.label(request)
          const found = memory.instances.get(request.Instance)
          // Its own mark stays, so that it is still found.
          const own = found?.Tags?.['infrakit.verify'] ?? ''
          if (found) found.Tags = { 'infrakit.verify': own, ...request.Labels }
        },
      })),
  },
  {
    what: 'labels every instance',
    breaks: 'Instance: a label is put on the named instance alone',
    plugin: () =>
      instancePlugin(({ handlers, memory }) => ({
        async label(request) {
          await handlers.label(request)
          for (const one of memory.instances.values()) Object.assign(one.Tags as Tags, request.Labels)
        },
      })),
  },
  {
    what: 'is content with labelling nothing',
    breaks: 'Instance: a label for an instance that is not there is refused as not-found',
    plugin: () =>
      instancePlugin(({ handlers }) => ({ label: (request) => handlers.label(request).catch(() => undefined) })),
  },
  {
    what: 'says that it destroyed and keeps the instance',
    breaks: 'Instance: a destroyed instance is gone, and others stay',
    plugin: () => instancePlugin(() => ({ destroy: async () => undefined })),
  },
  {
    what: 'fails when there is nothing to destroy',
    breaks: 'Instance: destroying an instance that is not there is refused as not-found',
    plugin: () =>
      instancePlugin(({ handlers }) => ({
        destroy: (request) =>
          handlers.destroy(request).catch(() => Promise.reject(new InfrakitError('plugin-failed', 'what?'))),
      })),
  },
  {
    what: 'leaves an instance out of the list while it is busy',
    breaks: 'Instance: an instance is never missing from a listing while others come and go',
    plugin: () => {
      let busy = 0
      return instancePlugin(({ handlers }) => ({
        async provision(request) {
          busy++
          return handlers.provision(request).finally(() => busy--)
        },
        async describeInstances(request) {
          const { Descriptions } = await handlers.describeInstances(request)
          const sample = Descriptions.filter(({ Tags }) => Tags?.['verify-role'] !== 'sample')
          return { Descriptions: busy > 0 ? sample : Descriptions }
        },
      }))
    },
  },
  {
    what: 'leaves half an instance when its caller goes away',
    breaks: 'Instance: a provision whose caller went away is done wholly or not at all',
    plugin: () =>
      instancePlugin(({ handlers }) => ({
        async provision({ Spec }, call?: Call) {
          await sleep(call?.signal?.aborted ? 0 : 3)
          const half = without(Spec.Tags, (key) => key === 'verify-role')
          return handlers.provision({ Spec: call?.signal?.aborted ? { ...Spec, Tags: half } : Spec })
        },
      })),
  },
]
