import type { Allocation, Opaque } from './common.js'
import type { InstanceDescription, InstanceSpec } from './instance.js'
import { defineInterface, type Call, type Fenced } from './interface.js'

/** A flavor's judgement, as numbers on the wire. `unknown` never makes a group replace anything. */
export const health = { unknown: 0, healthy: 1, unhealthy: 2 } as const
export type Health = (typeof health)[keyof typeof health]

/** Which member of which group an instance is to become. */
export interface Index {
  Group: string
  Sequence: number
}

export interface PrepareRequest {
  Properties?: Opaque
  Spec: InstanceSpec
  Allocation?: Allocation | null
  Index?: Index | null
}

export interface FlavorInstanceRequest extends Fenced {
  Properties?: Opaque
  Instance: InstanceDescription
}

export interface HealthyResult {
  Health: Health
  /** What was probed and what came back, for a person. */
  Reason?: string | null
}

/** Says what runs on an instance: prepares its specification, judges its health, drains it. */
export interface Flavor {
  /** Checks `Properties` against the allocation and changes nothing. Throws `input`, naming the field. */
  validate(request: { Properties?: Opaque; Allocation?: Allocation | null }, call?: Call): Promise<void>
  /**
   * Completes a specification. The same request gives the same answer: a healed instance must equal its siblings.
   * `Spec.Properties` belongs to the instance plugin and is handed back as it came unless the flavor knows better.
   */
  prepare(request: PrepareRequest, call?: Call): Promise<{ Spec: InstanceSpec }>
  /** Judges one instance. Throwing counts as `unknown`. */
  healthy(request: FlavorInstanceRequest, call?: Call): Promise<HealthyResult>
  /** Takes the instance out of use and answers once nothing is in flight on it. Called again after a failure. */
  drain(request: FlavorInstanceRequest, call?: Call): Promise<void>
}

const exampleInstance = { ID: '', LogicalID: null, Tags: null }
const exampleSpec = { Properties: null, Tags: null, Init: '', LogicalID: null, Attachments: null }
const exampleAllocation = { Size: 0, LogicalIDs: null }

export const flavorInterface = defineInterface<Flavor>({
  name: 'Flavor',
  version: '0.1.0',
  address: 'Type',
  methods: {
    Validate: {
      mutates: false,
      ok: true,
      example: {
        request: { Type: '', Properties: null, Allocation: exampleAllocation },
        response: { Type: '', OK: false },
      },
    },
    Prepare: {
      mutates: false,
      example: {
        request: {
          Type: '',
          Properties: null,
          Spec: exampleSpec,
          Allocation: exampleAllocation,
          Index: { Group: '', Sequence: 0 },
        },
        response: { Type: '', Spec: exampleSpec },
      },
    },
    Healthy: {
      mutates: false,
      example: {
        request: { Type: '', Properties: null, Instance: exampleInstance },
        response: { Type: '', Health: 0 },
      },
    },
    Drain: {
      mutates: true,
      ok: true,
      example: {
        request: { Type: '', Properties: null, Instance: exampleInstance },
        response: { Type: '', OK: false },
      },
    },
  },
})
