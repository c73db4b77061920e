import { bytes, duration, mapping } from '@infrakit/containers/compose'
import { z } from 'zod'

const cpus = z.coerce.number().positive().nullish()

const placement = z.strictObject({
  constraints: z
    .array(z.string().regex(/^[^=!\s]+\s*[=!]=\s*.+$/, 'expected KEY==VALUE or KEY!=VALUE'))
    .nullish()
    .describe('What the node must have: node.role==worker, node.labels.disk==ssd, engine.labels.zone!=b'),
  preferences: z
    .array(z.strictObject({ spread: z.string().min(1) }))
    .nullish()
    .describe('Over what the swarm spreads: node.labels.zone'),
})

const resources = z.strictObject({
  limits: z
    .strictObject({ cpus, memory: bytes.nullish(), pids: z.int().positive().nullish() })
    .nullish()
    .describe('What it may use'),
  reservations: z.strictObject({ cpus, memory: bytes.nullish() }).nullish().describe('What its node must have left'),
})

const restartPolicy = z.strictObject({
  condition: z
    .enum(['none', 'on-failure', 'any'])
    .nullish()
    .describe('When the swarm starts it again, on a node of its choice; default any'),
  delay: duration.nullish().describe('Pause before; default 1s'),
  max_attempts: z.int().nonnegative().nullish().describe('How often; then it has failed'),
  window: duration.nullish().describe('How long it must run to count as started'),
})

/** The `deploy` of a service in a stack file, as far as it makes sense for one instance. */
export const deploy = z.strictObject({
  labels: mapping('=').nullish().describe('Labels of the service'),
  placement: placement.nullish().describe('On which nodes'),
  resources: resources.nullish().describe('Limits and reservations'),
  restart_policy: restartPolicy.nullish().describe('What the swarm does when it ends, or its node does'),
  endpoint_mode: z
    .enum(['vip', 'dnsrr'])
    .nullish()
    .describe('How its name is found by others: vip needs IP_VS in the kernel; default dnsrr, with ingress ports vip'),
})

export type Deploy = z.output<typeof deploy>

/** Keys of `deploy` that mean something for several replicas, and what to do instead. */
export const groupKeys: Readonly<Record<string, string>> = {
  mode: 'Use Mode: replica or global, next to deploy.',
  replicas: 'An instance is one replica: give the group a Size.',
  update_config: 'The group updates: see Updating.',
  rollback_config: 'The group goes back: infrakit group rollback.',
}
