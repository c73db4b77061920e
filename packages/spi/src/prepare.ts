import type { Opaque } from './common.js'
import { defineInterface, type Call } from './interface.js'

/** Has at hand what instances are made of, before they are made. */
export interface Prepare {
  /**
   * Fetches what instances with these properties need (an image), to wherever one may be made, and answers when all is
   * there; what is there already is not fetched again. Makes no instance. Throws `input`, `not-found`, `unavailable` or
   * `timeout`; a call that is given up ends the fetching.
   */
  prepare(request: { Properties?: Opaque }, call?: Call): Promise<void>
}

export const prepareInterface = defineInterface<Prepare>({
  name: 'Prepare',
  version: '0.1.0',
  address: 'Type',
  methods: {
    Prepare: {
      mutates: false,
      ok: true,
      example: { request: { Type: '', Properties: null }, response: { Type: '', OK: false } },
    },
  },
})
