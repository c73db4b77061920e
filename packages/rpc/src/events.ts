import type { Event, EventTopics, Opaque } from '@infrakit/spi'

/** An event to be published; when it happened is added. */
export interface Published {
  readonly Topic: string
  readonly Type: string
  readonly ID: string
  readonly Message: string
  readonly Data?: Opaque
}

/**
 * Hands events from whoever publishes to whoever listens, in this process and, through a server, in others. Whoever has to
 * work for his events need not while nobody listens: once he is ready he tells the topics that are listened to, since their
 * listeners have looked too early.
 */
export interface EventHub {
  /** Calls every listener of the topic, or of one above it. Listeners must not throw. */
  publish(event: Published): void
  /** Names of the children of a topic, sorted; `.` is the root. Only topics that have had an event are known. */
  topics(below: string): string[]
  /** Listens until the function that is returned is called. */
  subscribe(topic: string, listener: (event: Event) => void): () => void
  /** Topics that somebody listens to, as they were asked for; `''` is the root. */
  listenedTo(): string[]
  /** Calls whenever `listenedTo` may be another, until the function that is returned is called. */
  onListening(changed: () => void): () => void
  /** Bytes that may wait for a slow reader of a stream before it is closed. */
  readonly bufferLimit: number
}

/** How many topics are remembered for `topics`; the oldest are forgotten first. */
const maxTopics = 10_000

function partsOf(topic: string): string[] {
  return topic.split('/').filter((part) => part !== '' && part !== '.')
}

/** `a/b` for every way to write that topic; '' is the root. */
function normalize(topic: string): string {
  return partsOf(topic).join('/')
}

/** Whether `topic` is `wanted` or below it; both normalized. */
function isBelow(topic: string, wanted: string): boolean {
  return wanted === '' || topic === wanted || topic.startsWith(`${wanted}/`)
}

export function createEventHub(options: { bufferLimit?: number } = {}): EventHub {
  const listeners = new Set<{ wanted: string; listener: (event: Event) => void }>()
  const known = new Set<string>()
  const watching = new Set<() => void>()
  const tellWatching = () => {
    for (const changed of [...watching]) changed()
  }
  return {
    bufferLimit: options.bufferLimit ?? 1024 * 1024,
    publish({ Topic, Type, ID, Message, Data }) {
      const topic = normalize(Topic)
      known.delete(topic)
      known.add(topic)
      for (const oldest of known) {
        if (known.size <= maxTopics) break
        known.delete(oldest)
      }
      const Timestamp = new Date().toISOString()
      const event: Event = { Topic, Type, ID, Message, Timestamp, ...(Data === undefined ? {} : { Data }) }
      for (const { wanted, listener } of [...listeners]) if (isBelow(topic, wanted)) listener(event)
    },
    topics(below) {
      const above = partsOf(below)
      const children = [...known].filter((topic) => isBelow(topic, above.join('/'))).map((topic) => partsOf(topic))
      return [...new Set(children.flatMap((parts) => parts.slice(above.length, above.length + 1)))].sort()
    },
    subscribe(topic, listener) {
      const entry = { wanted: normalize(topic), listener }
      listeners.add(entry)
      tellWatching()
      return () => {
        if (listeners.delete(entry)) tellWatching()
      }
    },
    listenedTo: () => [...new Set([...listeners].map(({ wanted }) => wanted))],
    onListening(changed) {
      watching.add(changed)
      return () => void watching.delete(changed)
    },
  }
}

/** Serves the `Event` interface from a hub. */
export function eventTopics(hub: EventHub): EventTopics {
  return { list: ({ Topic }) => Promise.resolve({ Nodes: hub.topics(Topic) }) }
}
