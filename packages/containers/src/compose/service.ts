import { z } from 'zod'
import { healthcheck } from './healthcheck.js'
import { argv, mapping, oneOrMore } from './lists.js'
import { volumes } from './mounts.js'
import { exposed, ports } from './ports.js'
import { bytes, duration } from './units.js'

/** A text, a switch and a list, each of which may be left out. */
export const text = z.string().nullish()
export const flag = z.boolean().nullish()
export const list = oneOrMore.nullish()

const limit = z.int().min(-1)
const ulimits = z
  .record(z.string(), z.union([limit, z.strictObject({ soft: limit, hard: limit })]))
  .transform((value) =>
    Object.entries(value).map(([Name, one]) =>
      typeof one === 'number' ? { Name, Soft: one, Hard: one } : { Name, Soft: one.soft, Hard: one.hard },
    ),
  )

/** Keys of a service that mean the same on one engine and in a swarm: what runs, and with which ports and files. */
export const contentShape = {
  image: z.string().min(1).describe('Name, tag and digest of the image'),
  command: argv.nullish().describe("In place of the image's; a text is split as a shell would, and no shell runs it"),
  entrypoint: argv.nullish().describe("In place of the image's"),
  environment: mapping('=').nullish().describe('Environment of the process'),
  env_file: list.describe('Files with NAME=value lines, by absolute path on the host of the plugin, read at commit'),
  ports: ports.nullish(),
  expose: exposed.nullish().describe('Ports that others in the same network may use'),
  volumes: volumes.nullish(),
  tmpfs: list.describe('Folders in memory'),
} as const

/** Keys of a service that mean the same on one engine and in a swarm: how it runs. */
export const runtimeShape = {
  healthcheck: healthcheck.nullish().describe('How the engine checks whether it is healthy'),
  labels: mapping('=').nullish().describe('Labels of the container'),
  hostname: text.describe('Default: the logical ID'),
  user: z.union([z.string(), z.int()]).nullish().describe('User, and group after a colon'),
  group_add: z.array(z.union([z.string(), z.int()])).nullish(),
  working_dir: text,
  init: flag.describe('Runs a small init as process 1, which hands on signals and reaps'),
  tty: flag,
  stdin_open: flag,
  read_only: flag.describe('The root file system is read-only'),
  stop_signal: text.describe('Default SIGTERM'),
  stop_grace_period: duration.nullish().describe('How long it may take to end before it is killed; default 10s'),
  pull_policy: z.enum(['always', 'missing', 'if_not_present', 'never']).nullish(),
  cap_add: list,
  cap_drop: list,
  sysctls: mapping('=').nullish(),
  ulimits: ulimits.nullish(),
  logging: z
    .strictObject({ driver: text, options: z.record(z.string(), z.union([z.string(), z.number()])).nullish() })
    .nullish(),
  extra_hosts: mapping('=', ':').nullish().describe('Names and addresses for /etc/hosts'),
  dns: list,
  dns_search: list,
  dns_opt: list,
  shm_size: bytes.nullish().describe('Size of /dev/shm'),
} as const

/** Keys that mean something for a whole project, wherever a service runs, and what to do instead. */
export const projectHints = {
  build: 'Build and tag the image first, and give its name as image.',
  container_name: 'Give the group LogicalIDs: they become the names.',
  depends_on: 'Commit the group that it needs first.',
  extends: 'Write out what it would take over.',
  links: 'Use a network: services find each other by name there.',
  profiles: 'Leave the group out, or park it.',
  scale: 'Give the group a Size.',
} as const
