import type { Opaque } from './common.js'
import { defineInterface, type Call } from './interface.js'

/** Replaces what a name stands for (image tag, file, URL) by what it is (digest, content). */
export interface Resolve {
  /**
   * Answers with what a commit stores as `Properties.Resolved`, so that changed content is a changed config hash; `null`
   * when the properties name nothing. Changes nothing. Throws `input` or `unavailable`.
   */
  resolve(request: { Properties?: Opaque }, call?: Call): Promise<{ Resolved?: Opaque }>
}

export const resolveInterface = defineInterface<Resolve>({
  name: 'Resolve',
  version: '0.1.0',
  address: 'Type',
  methods: {
    Resolve: {
      mutates: false,
      example: { request: { Type: '', Properties: null }, response: { Type: '', Resolved: null } },
    },
  },
})
