import { defineInterface, type Call, type Fenced } from './interface.js'
import type { GroupSpec } from './group.js'

/** One committed specification of a group. Never rewritten. */
export interface Revision {
  Revision: number
  /** When it was committed, RFC 3339. */
  Committed: string
  ConfigHash: string
  Active: boolean
  Spec: GroupSpec
}

/** What a group was, and going back to it. Beside `Group`; the original has nothing like it. */
export interface Revisions {
  /** The last ten revisions, newest first. Throws `not-found`. */
  history(request: { ID: string }, call?: Call): Promise<{ Revisions: Revision[] }>
  /**
   * Makes an older revision active (without `Revision`, the one before the active one), as a commit would. Throws
   * `not-found` for a group or revision that is not kept.
   */
  rollback(
    request: Fenced & { ID: string; Revision?: number | null; Pretend?: boolean | null },
    call?: Call,
  ): Promise<{ Details: string; Revision: number }>
}

export const revisionsInterface = defineInterface<Revisions>({
  name: 'Revisions',
  version: '0.1.0',
  address: 'Name',
  methods: {
    History: { mutates: false, example: { request: { Name: '', ID: '' }, response: { Revisions: [] } } },
    Rollback: {
      mutates: true,
      example: {
        request: { Name: '', ID: '', Revision: 0, Pretend: false },
        response: { Details: '', Revision: 0 },
      },
    },
  },
})
