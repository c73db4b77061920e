import type { Opaque } from './common.js'
import { defineInterface, type Call } from './interface.js'

/**
 * A hint that something changed: at least once, in no promised order. Whoever gets one looks for himself.
 * The stream is `GET /events?topic=...`; a topic also matches every topic below it.
 */
export interface Event {
  Topic: string
  Type: string
  ID: string
  Message: string
  /** RFC 3339. */
  Timestamp: string
  /** When the server passed it on, RFC 3339. */
  Received?: string | null
  Data?: Opaque
}

export interface EventTopics {
  /** Topics below `Topic`, sorted; `.` is the root. */
  list(request: { Topic: string }, call?: Call): Promise<{ Nodes: string[] }>
}

export const eventInterface = defineInterface<EventTopics>({
  name: 'Event',
  version: '0.1.0',
  address: 'Name',
  methods: {
    List: { mutates: false, example: { request: { Topic: '.' }, response: { Nodes: null } } },
  },
})
