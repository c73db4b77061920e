import { instancePlugin, flavorPlugin, type BrokenPlugin } from './plugins.js'

const lifecycle =
  'Lifecycle: a stopped instance is described as stopped, a started one as running, with the same ID and tags'

/** One broken thing each in how a plugin speaks, and in what it offers beside. */
export const brokenProtocol: readonly BrokenPlugin[] = [
  {
    what: 'reads ids as JavaScript numbers',
    breaks: 'Protocol: an id goes back exactly as it came',
    plugin: () => instancePlugin(undefined, { id: (raw) => JSON.stringify(JSON.parse(raw)) }),
  },
  {
    what: 'answers a method that it does not have with a result',
    breaks: 'Protocol: a method that it does not have is refused with -32601',
    plugin: () => instancePlugin(undefined, { unknown: () => '"result":{}' }),
  },
  {
    what: 'sends errors without a message',
    breaks: 'Protocol: an error is one of JSON-RPC 2.0, with a code and a message, and comes with status 200',
    plugin: () => instancePlugin(undefined, { unknown: () => '"error":{"code":-32601}' }),
  },
  {
    what: 'answers nothing to what is not JSON',
    breaks: 'Protocol: what is not JSON is refused with -32700',
    plugin: () => flavorPlugin(undefined, { notJson: () => '' }),
  },
  {
    what: 'answers notifications',
    breaks: 'Protocol: a request without id gets no answer',
    plugin: () => flavorPlugin(undefined, { answersNotifications: true }),
  },
  {
    what: 'names a version that no client looks for',
    breaks: 'Protocol: the handshake says which interfaces it has, in which versions',
    plugin: () => instancePlugin(undefined, { versions: { Instance: '7.0.0' } }),
  },
  {
    what: 'leaves OK out',
    breaks: 'Instance: Instance.Validate answers in the form of its schema',
    plugin: () =>
      instancePlugin(undefined, { result: (method, result) => (method === 'Instance.Validate' ? {} : result) }),
  },
  {
    what: 'lists a stopped instance as running',
    breaks: lifecycle,
    plugin: () =>
      instancePlugin(
        ({ handlers }) => ({ stop: (request) => handlers.stop(request).then(() => handlers.start(request)) }),
        {},
        true,
      ),
  },
  {
    what: 'takes calls of an epoch that is over',
    breaks: 'Fence: what is older than the highest epoch seen is refused',
    plugin: () =>
      instancePlugin((right) => void Object.assign(right.fence, { raise: async () => undefined }), {}, true),
  },
  {
    what: 'has a stream and never says a word',
    breaks: 'Event: a change is hinted on the stream',
    plugin: () => instancePlugin((right) => void (right.hub.publish = () => undefined), {}, true),
  },
]
