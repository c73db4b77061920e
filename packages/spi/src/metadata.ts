import type { Opaque } from './common.js'
import { defineInterface, type Call } from './interface.js'

/** A read-only tree of values. Paths are `a/b`; `.` is the root. */
export interface Metadata {
  /** Names of the children of a node, sorted; empty for a leaf or an unknown path. */
  list(request: { Path: string }, call?: Call): Promise<{ Nodes: string[] }>
  /** The value at a path, `null` when there is none. */
  get(request: { Path: string }, call?: Call): Promise<{ Value?: Opaque }>
}

export const metadataInterface = defineInterface<Metadata>({
  name: 'Metadata',
  version: '0.1.0',
  address: 'Name',
  methods: {
    List: { mutates: false, example: { request: { Path: '.' }, response: { Nodes: null } } },
    Get: { mutates: false, example: { request: { Path: '.' }, response: { Value: null } } },
  },
})
