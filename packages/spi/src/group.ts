import type { Opaque } from './common.js'
import type { InstanceDescription } from './instance.js'
import { defineInterface, type Call, type Fenced } from './interface.js'

/** A group's specification, as committed. `Properties` is a `GroupProperties`; it travels unopened. */
export interface GroupSpec {
  ID: string
  Properties?: Opaque
}

export interface CommitGroupRequest extends Fenced {
  Spec: GroupSpec
  Pretend?: boolean | null
}

export interface CommitGroupResult {
  /** What will be done, in the original's words: `Managing 5 instances`, `Noop`, ... */
  Details: string
  /** The revision now in force; absent when pretending, and from plugins that keep none. */
  Revision?: number | null
}

export interface GroupRequest extends Fenced {
  ID: string
}

/** One thing that a group is doing or waiting for. */
export interface GroupActivity {
  /** `provision`, `start`, `drain`, `destroy`, `stop`, `label`, `wait`. */
  Action: string
  Instance?: string | null
  LogicalID?: string | null
  /** Why, in words for a person. */
  Reason: string
}

/** The last thing that went wrong, until the group has converged again. */
export interface GroupFailure {
  Message: string
  /** RFC 3339. */
  At: string
  /** When it is tried again, RFC 3339; absent when a person has to act. */
  RetryAt?: string | null
}

/** The last that a member said before it was given up. */
export interface LastLines {
  Instance: string
  /** When, RFC 3339. */
  At: string
  /** What was wrong with it. */
  Reason: string
  /** Of its log, oldest first: the user's own words, which may be secret. */
  Lines: string[]
}

export interface GroupDescription {
  Instances: readonly InstanceDescription[]
  /** Right count, all current, all healthy, nothing pending. */
  Converged: boolean
  /** What follows is ours; Go clients pass over it. */
  Size?: number | null
  /** `converged`, `working`, `waiting`, `halted`, `parked`, `destroying`. */
  Status?: string | null
  Revision?: number | null
  ConfigHash?: string | null
  Activities?: GroupActivity[] | null
  LastFailure?: GroupFailure | null
  /** Judgement per instance ID: `healthy`, `unhealthy`, `unknown`, `starting`, `stopped`. */
  Health?: Record<string, string> | null
  /** Of members that were found unhealthy, failed, or not healthy in time: the newest few, from plugins with `Logs`. */
  LastLines?: LastLines[] | null
}

/** Keeps groups of instances as they were declared. Every call but `inspectGroups` throws `not-found` for an unknown ID. */
export interface Group {
  /**
   * Takes over a specification, durably, and answers with what will be done; the doing goes on by itself. With
   * `Pretend` it explains and changes nothing. Throws `input` (naming the field), `unavailable` (a plugin is missing),
   * `conflict` (the group is being destroyed).
   */
  commitGroup(request: CommitGroupRequest, call?: Call): Promise<CommitGroupResult>
  /** Stops looking after the group; its instances stay as they are. */
  freeGroup(request: GroupRequest, call?: Call): Promise<void>
  /** What is there, what is being done, and what went wrong. */
  describeGroup(request: { ID: string }, call?: Call): Promise<{ Description: GroupDescription }>
  /** Marks the group for destruction, durably, and answers; its instances go one after the other. */
  destroyGroup(request: GroupRequest, call?: Call): Promise<void>
  /**
   * The specifications in force, size overrides applied, as the original shows them; `null` when there are none. A group
   * that is left alone, as its state cannot be read, is listed with `Properties: null`.
   */
  inspectGroups(request: object, call?: Call): Promise<{ Groups: GroupSpec[] | null }>
  /** The size in force. */
  size(request: { ID: string }, call?: Call): Promise<{ Size: number }>
  /** Overrides the committed size until another `Size` is committed. Throws `input` for a group of pets. */
  setSize(request: GroupRequest & { Size: number }, call?: Call): Promise<void>
  /** Destroys the named members and lowers the size by as many. */
  destroyInstances(request: GroupRequest & { Instances: string[] }, call?: Call): Promise<void>
}

const byId = { Name: '', ID: '' }

export const groupInterface = defineInterface<Group>({
  name: 'Group',
  version: '0.1.0',
  address: 'Name',
  methods: {
    CommitGroup: {
      mutates: true,
      echo: ['ID'],
      example: {
        request: { Name: '', Spec: { ID: '', Properties: null }, Pretend: false },
        response: { ...byId, Details: '' },
      },
    },
    FreeGroup: {
      mutates: true,
      ok: true,
      echo: ['ID'],
      example: { request: byId, response: { ...byId, OK: false } },
    },
    DescribeGroup: {
      mutates: false,
      echo: ['ID'],
      example: { request: byId, response: { ...byId, Description: { Instances: null, Converged: false } } },
    },
    DestroyGroup: {
      mutates: true,
      ok: true,
      echo: ['ID'],
      example: { request: byId, response: { ...byId, OK: false } },
    },
    InspectGroups: {
      mutates: false,
      echo: ['ID'],
      example: { request: byId, response: { ...byId, Groups: null } },
    },
    Size: { mutates: false, echo: ['ID'], example: { request: byId, response: { ...byId, Size: 0 } } },
    SetSize: { mutates: true, echo: ['ID'], example: { request: { ...byId, Size: 0 }, response: byId } },
    DestroyInstances: {
      mutates: true,
      echo: ['ID'],
      example: { request: { ...byId, Instances: null }, response: byId },
    },
  },
})
