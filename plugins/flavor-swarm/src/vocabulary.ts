import { isIP } from 'node:net'
import type { InfrakitError, PrepareRequest } from '@infrakit/spi'
import type { TemplateFunction, Vocabulary } from '@infrakit/template'
import type { SwarmProperties } from './properties.js'
import type { Situation } from './situation.js'

/** What a template can name: the original's functions, and what templates of the other flavors have below the dot. */
export const vocabulary: Vocabulary = {
  fields: ['LogicalID', 'Group', 'Sequence', 'Tags'],
  functions: [
    'SPEC',
    'INSTANCE_LOGICAL_ID',
    'ALLOCATIONS',
    'INDEX',
    'INFRAKIT_LABELS',
    'SWARM_MANAGER_ADDR',
    'SWARM_MANAGER_IP',
    'SWARM_INITIALIZED',
    'SWARM_JOIN_TOKENS',
    'SWARM_CLUSTER_ID',
    'SWARM_CONNECT_RETRIES',
    'ADVERTISE_ADDR',
    'MEMBER',
  ],
  known: '.LogicalID, .Group, .Sequence, .Tags.name, and the functions of the README',
}

export interface Prepared {
  readonly request: PrepareRequest
  readonly properties: SwarmProperties
  readonly labels: readonly string[]
  readonly member: string | undefined
  readonly situation: Situation | undefined
}

/** Where none of the properties say, an address that is the logical ID; else the engine chooses. */
function advertiseAddress({ advertise }: SwarmProperties, id: string): string {
  return advertise ?? (isIP(id) ? id : '')
}

/** The functions for one instance. Those that need a swarm throw `unavailable` where there is none. */
export function functionsFor(prepared: Prepared, missing: () => InfrakitError): Record<string, TemplateFunction> {
  const { request, properties, labels, member, situation } = prepared
  const id = request.Spec.LogicalID ?? ''
  function swarm(): Situation {
    if (!situation) throw missing()
    return situation
  }
  return {
    SPEC: () => properties.given,
    INSTANCE_LOGICAL_ID: () => id,
    ALLOCATIONS: () => request.Allocation ?? {},
    INDEX: () => request.Index ?? {},
    INFRAKIT_LABELS: () => labels,
    SWARM_MANAGER_ADDR: () => swarm().address,
    SWARM_MANAGER_IP: () => swarm().address,
    SWARM_INITIALIZED: () => situation !== undefined,
    SWARM_JOIN_TOKENS: () => {
      const { manager, worker } = swarm().swarm.joinTokens
      return { Manager: manager, Worker: worker }
    },
    SWARM_CLUSTER_ID: () => swarm().swarm.id,
    // Older templates of the original say with it how often to ask again, which the flavor and the group do by themselves.
    SWARM_CONNECT_RETRIES: () => '',
    ADVERTISE_ADDR: () => advertiseAddress(properties, id),
    MEMBER: () => member ?? '',
  }
}
