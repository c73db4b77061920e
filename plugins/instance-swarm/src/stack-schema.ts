import { contentShape, projectHints, runtimeShape } from '@infrakit/containers/compose'
import { z } from 'zod'
import { deploy } from './deploy-schema.js'

const networks = z
  .union([
    z.array(z.string().min(1)),
    z.record(z.string().min(1), z.strictObject({ aliases: z.array(z.string()).nullish() }).nullable()),
  ])
  .transform((value) =>
    Array.isArray(value)
      ? value.map((name) => ({ name, aliases: [] as string[] }))
      : Object.entries(value).map(([name, one]) => ({ name, aliases: one?.aliases ?? [] })),
  )

/** A secret or a config, by its name in the swarm. */
const files = z
  .array(
    z.union([
      z.string().min(1),
      z.strictObject({
        source: z.string().min(1).describe('Its name in the swarm'),
        target: z.string().min(1).nullish().describe('Where it is shown'),
        uid: z.string().nullish(),
        gid: z.string().nullish(),
        mode: z.int().nonnegative().nullish().describe('Rights, as a whole number: 288 is 0440'),
      }),
    ]),
  )
  .transform((all) => all.map((one) => (typeof one === 'string' ? { source: one } : one)))

export type SwarmFile = z.output<typeof files>[number]

/** The keys of a service in a stack file. */
export const stackShape = {
  ...contentShape,
  ports: contentShape.ports.describe(
    'Ports to publish at its node (mode host, the default) or at every node (mode ingress, which needs IP_VS)',
  ),
  volumes: contentShape.volumes.describe('Folders and volumes of its node, and where they are in the container'),
  secrets: files.nullish().describe('Secrets of the swarm, shown below /run/secrets; they must exist'),
  configs: files.nullish().describe('Configs of the swarm, shown at their target, else at /NAME; they must exist'),
  networks: networks.nullish().describe('Networks of the swarm, by name; they must exist'),
  ...runtimeShape,
  pull_policy: runtimeShape.pull_policy.describe('Whom the tag is asked of at commit; default missing'),
  deploy: deploy.nullish().describe('How the swarm runs it'),
} as const

export const stackSchema = z.strictObject(stackShape)
export type StackService = z.output<typeof stackSchema>

/** Keys of Compose that a swarm does not have for one instance, and what to do instead. */
export const otherKeys: Readonly<Record<string, string>> = {
  ...projectHints,
  build: 'Build, tag and push the image first, and give its name as image.',
  container_name: 'Give the group LogicalIDs: they become the names of services.',
  cpus: 'Use deploy.resources.limits.cpus.',
  devices: 'A swarm hands out no devices: use instance-docker.',
  mem_limit: 'Use deploy.resources.limits.memory.',
  mem_reservation: 'Use deploy.resources.reservations.memory.',
  network_mode: 'A swarm has networks only; the networks host and none can be named.',
  pids_limit: 'Use deploy.resources.limits.pids.',
  privileged: 'A swarm runs nothing privileged: use instance-docker.',
  restart: 'Use deploy.restart_policy.',
}
