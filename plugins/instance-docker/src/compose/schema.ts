import { z } from 'zod'
import { argv, mapping, oneOrMore } from './lists.js'
import { secrets, volumes } from './mounts.js'
import { exposed, ports } from './ports.js'
import { bytes, duration } from './units.js'

const text = z.string().nullish()
const flag = z.boolean().nullish()
const list = oneOrMore.nullish()
const whole = z.int().nullish()

const healthcheck = z.strictObject({
  test: z
    .union([z.string(), z.array(z.string()).min(1)])
    .nullish()
    .describe('argv after CMD, or a line for a shell'),
  interval: duration.nullish(),
  timeout: duration.nullish(),
  retries: z.int().nonnegative().nullish(),
  start_period: duration.nullish(),
  disable: flag.describe("Does without the image's check"),
})

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

const limit = z.int().min(-1)
const ulimits = z
  .record(z.string(), z.union([limit, z.strictObject({ soft: limit, hard: limit })]))
  .transform((value) =>
    Object.entries(value).map(([Name, one]) =>
      typeof one === 'number' ? { Name, Soft: one, Hard: one } : { Name, Soft: one.soft, Hard: one.hard },
    ),
  )

const restart = z.string().regex(/^(no|always|unless-stopped|on-failure(:\d+)?)$/, {
  message: 'expected no, always, unless-stopped or on-failure[:times]',
})

/** The keys of a service in a Compose file that describe a container. */
export const composeShape = {
  image: z.string().min(1).describe('Name, tag and digest of the image'),
  command: argv.nullish().describe("In place of the image's; a text is split as a shell would, and no shell runs it"),
  entrypoint: argv.nullish().describe("In place of the image's"),
  environment: mapping('=').nullish().describe('Environment of the process'),
  env_file: list.describe('Files with NAME=value lines, by absolute path on the host of the plugin, read at commit'),
  ports: ports.nullish().describe('Ports to publish; those of the host that are left open are chosen and kept'),
  expose: exposed.nullish().describe('Ports that others in the same network may use'),
  volumes: volumes.nullish().describe('Folders of the host and volumes, and where they are in the container'),
  tmpfs: list.describe('Folders in memory'),
  secrets: secrets.nullish().describe('Files of the host that are shown below /run/secrets'),
  networks: networks.nullish().describe('Networks, by name; they must exist'),
  network_mode: text.describe('bridge, host, none or container:ID; excludes networks'),
  healthcheck: healthcheck.nullish().describe('How the engine checks whether it is healthy'),
  labels: mapping('=').nullish().describe('Labels of the container'),
  hostname: text.describe('Default: the logical ID'),
  domainname: text,
  mac_address: text,
  user: z.union([z.string(), z.int()]).nullish().describe('User, and group after a colon'),
  group_add: z.array(z.union([z.string(), z.int()])).nullish(),
  working_dir: text,
  init: flag.describe('Runs a small init as process 1, which hands on signals and reaps'),
  tty: flag,
  stdin_open: flag,
  restart: restart.nullish().describe('What the engine does when the process ends; see the README on healing'),
  stop_signal: text.describe('Default SIGTERM'),
  stop_grace_period: duration.nullish().describe('How long it may take to end before it is killed; default 10s'),
  pull_policy: z
    .enum(['always', 'missing', 'if_not_present', 'never'])
    .nullish()
    .describe('When the image is pulled; default missing'),
  platform: text,
  cap_add: list,
  cap_drop: list,
  privileged: flag,
  read_only: flag.describe('The root file system is read-only'),
  security_opt: list,
  userns_mode: text,
  ipc: text,
  pid: text,
  uts: text,
  cgroup_parent: text,
  runtime: text,
  sysctls: mapping('=').nullish(),
  ulimits: ulimits.nullish(),
  devices: list.describe('Devices of the host: source[:target[:rights]]'),
  device_cgroup_rules: list,
  mem_limit: bytes.nullish(),
  mem_reservation: bytes.nullish(),
  memswap_limit: bytes.nullish(),
  mem_swappiness: whole,
  oom_kill_disable: flag,
  oom_score_adj: whole,
  shm_size: bytes.nullish(),
  pids_limit: whole,
  cpus: z.coerce.number().positive().nullish().describe('Processors, also parts of one'),
  cpu_shares: whole,
  cpu_period: whole,
  cpu_quota: whole,
  cpuset: text,
  storage_opt: mapping('=').nullish(),
  logging: z
    .strictObject({ driver: text, options: z.record(z.string(), z.union([z.string(), z.number()])).nullish() })
    .nullish(),
  extra_hosts: mapping('=', ':').nullish().describe('Names and addresses for /etc/hosts'),
  dns: list,
  dns_search: list,
  dns_opt: list,
}

export const composeSchema = z.strictObject(composeShape)
export type Service = z.output<typeof composeSchema>

/** Keys of Compose that mean something for a whole project, and what to do instead. */
export const projectKeys: Readonly<Record<string, string>> = {
  build: 'Build and tag the image first, and give its name as image.',
  container_name: 'Give the group LogicalIDs: they become the names.',
  depends_on: 'Commit the group that it needs first.',
  deploy: 'The group scales and updates: see Allocation and Updating.',
  scale: 'Give the group a Size.',
  extends: 'Write out what it would take over.',
  profiles: 'Leave the group out, or park it.',
  links: 'Use a network: containers find each other by name there.',
  external_links: 'Use a network: containers find each other by name there.',
}
