import {
  bytes,
  contentShape,
  flag,
  list,
  mapping,
  projectHints,
  runtimeShape,
  secrets,
  text,
} from '@infrakit/containers/compose'
import { z } from 'zod'

const whole = z.int().nullish()

const network = z.strictObject({
  aliases: z.array(z.string()).nullish(),
  ipv4_address: text,
  ipv6_address: text,
  link_local_ips: z.array(z.string()).nullish(),
})

const networks = z
  .union([z.array(z.string().min(1)), z.record(z.string().min(1), network.nullable())])
  .transform((value) =>
    Array.isArray(value)
      ? value.map((name) => ({ name }))
      : Object.entries(value).map(([name, options]) => ({ name, ...options })),
  )

const restart = z.string().regex(/^(no|always|unless-stopped|on-failure(:\d+)?)$/, {
  message: 'expected no, always, unless-stopped or on-failure[:times]',
})

/** The keys of a service in a Compose file that describe a container. */
export const composeShape = {
  ...contentShape,
  ports: contentShape.ports.describe('Ports to publish; those of the host that are left open are chosen and kept'),
  volumes: contentShape.volumes.describe('Folders of the host and volumes, and where they are in the container'),
  secrets: secrets.nullish().describe('Files of the host that are shown below /run/secrets'),
  networks: networks.nullish().describe('Networks, by name; they must exist'),
  network_mode: text.describe('bridge, host, none or container:ID; excludes networks'),
  restart: restart.nullish().describe('What the engine does when the process ends; see the README on healing'),
  ...runtimeShape,
  pull_policy: runtimeShape.pull_policy.describe('When the image is pulled; default missing'),
  domainname: text,
  mac_address: text,
  platform: text,
  privileged: flag,
  security_opt: list,
  userns_mode: text,
  ipc: text,
  pid: text,
  uts: text,
  cgroup_parent: text,
  runtime: text,
  devices: list.describe('Devices of the host: source[:target[:rights]]'),
  device_cgroup_rules: list,
  mem_limit: bytes.nullish(),
  mem_reservation: bytes.nullish(),
  memswap_limit: bytes.nullish(),
  mem_swappiness: whole,
  oom_kill_disable: flag,
  oom_score_adj: whole,
  pids_limit: whole,
  cpus: z.coerce.number().positive().nullish().describe('Processors, also parts of one'),
  cpu_shares: whole,
  cpu_period: whole,
  cpu_quota: whole,
  cpuset: text,
  storage_opt: mapping('=').nullish(),
}

export const composeSchema = z.strictObject(composeShape)
export type Service = z.output<typeof composeSchema>

/** Keys of Compose that mean something for a whole project, and what to do instead. */
export const projectKeys: Readonly<Record<string, string>> = {
  ...projectHints,
  deploy: 'The group scales and updates: see Allocation and Updating.',
  links: 'Use a network: containers find each other by name there.',
  external_links: 'Use a network: containers find each other by name there.',
}
