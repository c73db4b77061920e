import { given, healthcheckOf, mountOf, nanoseconds } from '@infrakit/containers/compose'
import type { Keepsake } from '@infrakit/docker'
import { InfrakitError, type InstanceSpec } from '@infrakit/spi'
import { ownerLabel } from './labels.js'
import type { SwarmProperties } from './properties.js'
import type { StackService, SwarmFile } from './stack-schema.js'

/** Secrets and configs of the swarm, of which a service has to know the IDs. */
export interface Kept {
  readonly secrets: readonly Keepsake[]
  readonly configs: readonly Keepsake[]
}

export interface TaskRequest {
  readonly properties: SwarmProperties
  readonly spec: InstanceSpec
  readonly owner: string
  readonly kept: Kept
}

const billionths = (cpus: number | null | undefined) => (cpus == null ? undefined : Math.round(cpus * 1e9))

/** Mounts of a service know no `tmpfs` options in a text, and none of `/dev/shm`. */
function mountsOf({ volumes, tmpfs, shm_size }: StackService, { Attachments }: InstanceSpec) {
  const inMemory = (tmpfs ?? []).map((line) => ({ Type: 'tmpfs', Target: line.split(':')[0] ?? line }))
  const shared = shm_size == null ? [] : [{ Type: 'tmpfs', Target: '/dev/shm', TmpfsOptions: { SizeBytes: shm_size } }]
  const all = [...(volumes ?? []), ...(Attachments ?? []).map(mountOf), ...inMemory, ...shared]
  return all.length > 0 ? all : undefined
}

const readableByAll = 0o444

function filesOf(
  what: 'Secret' | 'Config',
  files: readonly SwarmFile[] | null | undefined,
  there: readonly Keepsake[],
): unknown[] | undefined {
  if (!files?.length) return undefined
  return files.map((file) => {
    const found = there.find(({ name }) => name === file.source)
    const path = `Properties.${what.toLowerCase()}s`
    if (!found) {
      throw new InfrakitError('input', `${path}: the swarm has no ${what.toLowerCase()} '${file.source}'`, {
        path,
        hint: `Make it first: docker ${what.toLowerCase()} create ${file.source} FILE.`,
      })
    }
    const { target, uid, gid, mode } = 'target' in file ? file : {}
    const Name = target ?? (what === 'Secret' ? file.source : `/${file.source}`)
    const File = { Name, UID: uid ?? '0', GID: gid ?? '0', Mode: mode ?? readableByAll }
    return { File, [`${what}ID`]: found.id, [`${what}Name`]: found.name }
  })
}

/** Runs the commands and then becomes what is to run; where they fail, so does the task, and the swarm tries again. */
const initScript = '/bin/sh -c "$0" || { echo "Init ended with exit code $?" >&2; exit 1; }; exec "$@"'

/** argv of the container: `Command` in place of the image's entrypoint, `Args` of its command. Throws `input`. */
function commandOf({ initMode, service }: SwarmProperties, { Init }: InstanceSpec) {
  const { entrypoint, command } = service
  if (!Init || initMode === 'ignore') return { Command: entrypoint, Args: command }
  if (initMode === 'error') {
    throw new InfrakitError('input', 'Spec.Init: there are commands to run, which InitMode: error refuses', {
      path: 'Spec.Init',
      hint: 'Put them into the image, or set InitMode to exec.',
    })
  }
  const argv = [...(entrypoint ?? []), ...(command ?? [])]
  if (argv.length === 0) {
    throw new InfrakitError('input', 'Spec.Init: the properties do not say what is to run after it', {
      path: 'Properties.command',
      hint: 'Give the command, also where it is the one of the image; or leave Init out with InitMode: ignore.',
    })
  }
  return { Command: ['/bin/sh', '-c', initScript, Init], Args: argv }
}

function dnsOf({ dns, dns_search, dns_opt }: StackService) {
  const config = given({ Nameservers: dns, Search: dns_search, Options: dns_opt })
  return Object.keys(config).length > 0 ? config : undefined
}

/** What has an environment, labels and a command, in the words of the engine's `ContainerSpec`. */
function containerOf({ properties, spec, owner, kept }: TaskRequest): Record<string, unknown> {
  const { service, image, resolvedImage, environment } = properties
  const env = Object.entries(environment).map(([key, value]) => `${key}=${value}`)
  return given({
    Image: resolvedImage ?? image,
    Labels: { ...service.labels, [ownerLabel]: owner },
    ...commandOf(properties, spec),
    Env: env.length > 0 ? env : undefined,
    Hostname: service.hostname ?? spec.LogicalID,
    Dir: service.working_dir,
    User: service.user == null ? undefined : String(service.user),
    Groups: service.group_add?.map(String),
    Init: service.init,
    TTY: service.tty,
    OpenStdin: service.stdin_open,
    ReadOnly: service.read_only,
    StopSignal: service.stop_signal,
    StopGracePeriod: nanoseconds(service.stop_grace_period),
    Healthcheck: healthcheckOf(service.healthcheck),
    Mounts: mountsOf(service, spec),
    Secrets: filesOf('Secret', service.secrets, kept.secrets),
    Configs: filesOf('Config', service.configs, kept.configs),
    Hosts: service.extra_hosts && Object.entries(service.extra_hosts).map(([name, address]) => `${address} ${name}`),
    DNSConfig: dnsOf(service),
    CapabilityAdd: service.cap_add,
    CapabilityDrop: service.cap_drop,
    Sysctls: service.sysctls,
    Ulimits: service.ulimits,
  })
}

function restartOf({ deploy }: StackService) {
  const { condition, delay, max_attempts, window } = deploy?.restart_policy ?? {}
  return given({
    Condition: condition ?? 'any',
    Delay: nanoseconds(delay ?? 1000),
    MaxAttempts: max_attempts,
    Window: nanoseconds(window),
  })
}

function resourcesOf({ deploy }: StackService) {
  const { limits, reservations } = deploy?.resources ?? {}
  return given({
    Limits: limits && given({ NanoCPUs: billionths(limits.cpus), MemoryBytes: limits.memory, Pids: limits.pids }),
    Reservations: reservations && given({ NanoCPUs: billionths(reservations.cpus), MemoryBytes: reservations.memory }),
  })
}

/**
 * What the tasks of a service are to be, in the engine's words: `TaskTemplate` of `POST /services/create`. Pure.
 *
 * @throws InfrakitError `input`
 */
export function taskTemplate(request: TaskRequest): Record<string, unknown> {
  const { service } = request.properties
  const { constraints, preferences } = service.deploy?.placement ?? {}
  const options = Object.entries(service.logging?.options ?? {}).map(([key, value]) => [key, String(value)] as const)
  return given({
    ContainerSpec: containerOf(request),
    Resources: resourcesOf(service),
    RestartPolicy: restartOf(service),
    Placement: given({
      Constraints: constraints,
      Preferences: preferences?.map(({ spread }) => ({ Spread: { SpreadDescriptor: spread } })),
    }),
    Networks: service.networks?.map(({ name, aliases }) => ({ Target: name, Aliases: aliases })),
    LogDriver: service.logging && { Name: service.logging.driver ?? '', Options: Object.fromEntries(options) },
  })
}
