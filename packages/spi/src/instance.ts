import type { Attachment, Context, Endpoint, Opaque, Tags, Unreachable } from './common.js'
import { defineInterface, type Call, type Fenced } from './interface.js'

/** What an instance shall be. Made by the group, completed by the flavor, carried out by the instance plugin. */
export interface InstanceSpec {
  Properties?: Opaque
  Tags?: Tags | null
  /** Commands to run once when the instance first starts. */
  Init?: string | null
  /** Identity that outlives the instance (a pet's address or name). */
  LogicalID?: string | null
  Attachments?: Attachment[] | null
}

/** What an instance is, as observed. */
export interface InstanceDescription {
  ID: string
  LogicalID?: string | null
  Tags?: Tags | null
  /** Given when asked for; `Properties.Endpoints` says where the instance listens. */
  Properties?: Opaque
  /**
   * `running` when absent. `stopped`: kept on purpose (`Lifecycle`), not lost. `failed`: it is there and will not come
   * back by itself (exited, dead); the group replaces it.
   */
  State?: 'running' | 'stopped' | 'failed' | null
  /** Why, in words for a person: `exited with code 137`. */
  StateReason?: string | null
}

export interface ProvisionRequest extends Fenced {
  Spec: InstanceSpec
}

export interface LabelRequest extends Fenced {
  Instance: string
  Labels?: Tags | null
}

export interface DestroyRequest extends Fenced {
  Instance: string
  Context?: Context | null
}

export interface DescribeInstancesRequest {
  /** Only instances that carry all of these. */
  Tags?: Tags | null
  /** Whether `Description.Properties` is wanted. */
  Properties?: boolean | null
}

export interface DescribeInstancesResult {
  Descriptions: InstanceDescription[]
  /** What could not be seen. Its instances are unknown, not gone. */
  Unreachable?: Unreachable[] | null
}

/**
 * Makes, lists and destroys physical things. Whoever implements it owns nothing but the medium: how many there should
 * be is the group's business.
 */
export interface Instance {
  /** Checks `Properties` and changes nothing. Throws `input`, naming the field. */
  validate(request: { Properties?: Opaque }, call?: Call): Promise<void>
  /**
   * Makes one instance and answers once it exists: all of it or nothing, also when the process is killed meanwhile.
   * A repeated `infrakit.provision` tag gives the instance that the first call made, never a second one. After a throw
   * of `unavailable` or `timeout` the caller must look for its key before it asks again.
   */
  provision(request: ProvisionRequest, call?: Call): Promise<{ ID: string }>
  /** Adds or replaces tags; other tags stay. Throws `not-found`. */
  label(request: LabelRequest, call?: Call): Promise<void>
  /** Ends the instance and removes it. Throws `not-found`, which callers take for done. */
  destroy(request: DestroyRequest, call?: Call): Promise<void>
  /**
   * Lists what is there. Never leaves out what merely could not be read: throws, or says `Unreachable`; a short list
   * would make the group replace healthy instances.
   */
  describeInstances(request: DescribeInstancesRequest, call?: Call): Promise<DescribeInstancesResult>
}

const exampleProperties = { exampleBool: true, exampleInt: 1, exampleString: 'a_string' }

export const instanceInterface = defineInterface<Instance>({
  name: 'Instance',
  version: '0.5.0',
  address: 'Type',
  methods: {
    Validate: {
      mutates: false,
      ok: true,
      example: { request: { Type: '', Properties: exampleProperties }, response: { Type: '', OK: false } },
    },
    Provision: {
      mutates: true,
      example: {
        request: {
          Type: '',
          Spec: { Properties: exampleProperties, Tags: null, Init: '', LogicalID: null, Attachments: null },
        },
        response: { Type: '', ID: null },
      },
    },
    Label: {
      mutates: true,
      ok: true,
      example: { request: { Type: '', Instance: '', Labels: null }, response: { Type: '', OK: false } },
    },
    Destroy: {
      mutates: true,
      ok: true,
      example: {
        request: { Type: '', Instance: '', Context: { Reason: '' } },
        response: { Type: '', OK: false },
      },
    },
    DescribeInstances: {
      mutates: false,
      example: {
        request: { Type: '', Tags: null, Properties: false },
        response: { Type: '', Descriptions: null },
      },
    },
  },
})

/** Where an instance listens, read from its description by the `Properties.Endpoints` convention. */
export function endpointsOf(description: InstanceDescription): Endpoint[] {
  const properties = description.Properties as { Endpoints?: unknown } | null | undefined
  return Array.isArray(properties?.Endpoints) ? (properties.Endpoints as Endpoint[]) : []
}

/** What an instance's medium says of its health (a container's own health check, say), and why. */
export interface ReportedHealth {
  readonly health: 'healthy' | 'unhealthy' | 'starting'
  readonly reason: string | undefined
}

/**
 * What an instance's plugin says of its health, read from its description by the convention `Properties.Health` (`healthy`,
 * `unhealthy` or `starting`) and `Properties.HealthReason` (words for a person, which are logged: never the output of a check,
 * for that may be secret). `undefined` when it says nothing.
 */
export function healthOf(description: InstanceDescription): ReportedHealth | undefined {
  const { Health, HealthReason } = (description.Properties ?? {}) as { Health?: unknown; HealthReason?: unknown }
  if (Health !== 'healthy' && Health !== 'unhealthy' && Health !== 'starting') return undefined
  return { health: Health, reason: typeof HealthReason === 'string' ? HealthReason : undefined }
}
