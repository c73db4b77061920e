import { setTimeout as sleep } from 'node:timers/promises'
import type { EventTopics, InstanceSpec } from '@infrakit/spi'
import type { Transport } from '../../src/conformance/index.js'
import { readJson, rowOf } from '../../src/conformance/json.js'
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
    what: 'refuses what it does not know',
    breaks: 'Protocol: fields of a request that it does not know are passed over',
    plugin: () =>
      instancePlugin(undefined, {
        read(text) {
          const message = readJson(text)
          if (Object.hasOwn(rowOf(message), 'trace')) throw new Error('what is a trace?')
          return message
        },
      }),
  },
  {
    what: 'answers a batch with nothing',
    breaks: 'Protocol: a batch is answered call by call, or refused',
    plugin: () =>
      flavorPlugin(undefined, {
        read(text) {
          const message = readJson(text)
          return Array.isArray(message) ? (message[0] as unknown) : message
        },
      }),
  },
  {
    what: 'takes no list for params',
    breaks: 'Protocol: params may be absent, null, or a list of one object',
    plugin: () =>
      flavorPlugin(undefined, {
        read(text) {
          const message = readJson(text)
          if (Array.isArray(rowOf(message).params)) throw new Error('why a list?')
          return message
        },
      }),
  },
  {
    what: 'lacks a method of an interface that it names',
    breaks: 'Protocol: every reading method of an interface that it names is there',
    plugin: () => instancePlugin((right) => void delete (right.topics as Partial<EventTopics>).list, {}, true),
  },
  {
    what: 'mixes up the answers when many are asked for at once',
    breaks: 'Protocol: calls made at the same time each get their own answer',
    plugin: () => {
      const { transport } = instancePlugin()
      return { transport: { post: mixingUp(transport.post) } }
    },
  },
  {
    what: 'is content with stopping nothing',
    breaks: 'Lifecycle: stopping or starting an instance that is not there is refused as not-found',
    plugin: () =>
      instancePlugin(
        ({ handlers }) => ({ stop: (request) => handlers.stop(request).catch(() => undefined) }),
        {},
        true,
      ),
  },
  {
    what: 'lists names as they come',
    breaks: 'Metadata: names are listed in order, and an unknown path is empty',
    plugin: () =>
      instancePlugin(
        ({ metadata }) =>
          void Object.assign(metadata, {
            list: async ({ Path }: { Path: string }) => ({ Nodes: Path === '.' ? ['b', 'a'] : [] }),
          }),
        {},
        true,
      ),
  },
  {
    what: 'resolves to something else each time',
    breaks: 'Resolve: the same properties resolve to the same, as long as the world is the same',
    plugin: () => {
      let count = 0
      return instancePlugin(
        ({ resolve }) => void Object.assign(resolve, { resolve: async () => ({ Resolved: ++count }) }),
        {},
        true,
      )
    },
  },
  {
    what: 'makes an instance to have its image',
    breaks: 'Prepare: what is needed can be fetched again and again, and no instance is made',
    plugin: () =>
      instancePlugin(
        ({ prepare, handlers }) =>
          void Object.assign(prepare, {
            prepare: async ({ Properties }: { Properties?: unknown }) => {
              await handlers.provision({ Spec: { Properties } as InstanceSpec })
            },
          }),
        {},
        true,
      ),
  },
  {
    what: 'gives all of its log',
    breaks: 'Logs: no more lines are given than were asked for',
    plugin: () =>
      instancePlugin(
        ({ logs }) => void Object.assign(logs, { tail: async () => ({ Lines: ['one', 'two', 'three'] }) }),
        {},
        true,
      ),
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

/** Of very many calls at once, the last gets the answer to another one. */
function mixingUp(post: Transport['post']): Transport['post'] {
  const very = 32
  let busy = 0
  let other = ''
  return async (body, signal) => {
    const isLast = ++busy === very
    try {
      await sleep(1)
      if (isLast) return { status: 200, body: other }
      const reply = await post(body, signal)
      other = reply.body
      return reply
    } finally {
      busy--
    }
  }
}
