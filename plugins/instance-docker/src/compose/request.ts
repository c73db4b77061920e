import type { ContainerSettings } from '../settings.js'
import { given, healthcheckOf, type Mount } from '@infrakit/containers/compose'
import type { Service } from './schema.js'

function restartOf(policy: string | null | undefined) {
  if (policy == null) return undefined
  const [Name = '', times] = policy.split(':')
  return { Name, MaximumRetryCount: Number(times ?? 0) }
}

function deviceOf(text: string) {
  const [PathOnHost = '', PathInContainer = PathOnHost, CgroupPermissions = 'rwm'] = text.split(':')
  return { PathOnHost, PathInContainer, CgroupPermissions }
}

/** `/path[:options]`, as the engine's `HostConfig.Tmpfs` takes it. */
function tmpfsOf(lines: readonly string[] | null | undefined): Record<string, string> | undefined {
  if (!lines) return undefined
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(':')
      return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
    }),
  )
}

function endpointOf({
  aliases,
  ipv4_address,
  ipv6_address,
  link_local_ips,
}: NonNullable<Service['networks']>[number] & {
  aliases?: string[] | null
  ipv4_address?: string | null
  ipv6_address?: string | null
  link_local_ips?: string[] | null
}) {
  const IPAMConfig = given({ IPv4Address: ipv4_address, IPv6Address: ipv6_address, LinkLocalIPs: link_local_ips })
  return given({ Aliases: aliases, IPAMConfig: Object.keys(IPAMConfig).length > 0 ? IPAMConfig : undefined })
}

function logOf(logging: Service['logging']) {
  if (!logging) return undefined
  const options = Object.entries(logging.options ?? {}).map(([key, value]) => [key, String(value)])
  return { Type: logging.driver ?? '', Config: Object.fromEntries(options) as Record<string, string> }
}

function configOf(service: Service, environment: Readonly<Record<string, string>>): Record<string, unknown> {
  const all = { ...environment, ...service.environment }
  const env = Object.entries(all).map(([key, value]) => `${key}=${value}`)
  return given({
    Image: service.image,
    Cmd: service.command,
    Entrypoint: service.entrypoint,
    Env: env.length > 0 ? env : undefined,
    ExposedPorts:
      service.expose && Object.fromEntries(service.expose.map((one) => [`${one.container}/${one.protocol}`, {}])),
    Healthcheck: healthcheckOf(service.healthcheck),
    Hostname: service.hostname,
    Domainname: service.domainname,
    MacAddress: service.mac_address,
    User: service.user == null ? undefined : String(service.user),
    WorkingDir: service.working_dir,
    Tty: service.tty,
    OpenStdin: service.stdin_open,
    StopSignal: service.stop_signal,
    StopTimeout: service.stop_grace_period == null ? undefined : Math.ceil(service.stop_grace_period / 1000),
  })
}

function hostConfigOf(service: Service): Record<string, unknown> {
  const mounts: readonly Mount[] = [...(service.volumes ?? []), ...(service.secrets ?? [])]
  return given({
    Mounts: mounts.length > 0 ? mounts : undefined,
    Tmpfs: tmpfsOf(service.tmpfs),
    NetworkMode: service.network_mode,
    RestartPolicy: restartOf(service.restart),
    Init: service.init,
    CapAdd: service.cap_add,
    CapDrop: service.cap_drop,
    Privileged: service.privileged,
    ReadonlyRootfs: service.read_only,
    SecurityOpt: service.security_opt,
    UsernsMode: service.userns_mode,
    IpcMode: service.ipc,
    PidMode: service.pid,
    UTSMode: service.uts,
    CgroupParent: service.cgroup_parent,
    Runtime: service.runtime,
    Sysctls: service.sysctls,
    Ulimits: service.ulimits,
    Devices: service.devices?.map(deviceOf),
    DeviceCgroupRules: service.device_cgroup_rules,
    GroupAdd: service.group_add?.map(String),
    Memory: service.mem_limit,
    MemoryReservation: service.mem_reservation,
    MemorySwap: service.memswap_limit,
    MemorySwappiness: service.mem_swappiness,
    OomKillDisable: service.oom_kill_disable,
    OomScoreAdj: service.oom_score_adj,
    ShmSize: service.shm_size,
    PidsLimit: service.pids_limit,
    NanoCpus: service.cpus == null ? undefined : Math.round(service.cpus * 1e9),
    CpuShares: service.cpu_shares,
    CpuPeriod: service.cpu_period,
    CpuQuota: service.cpu_quota,
    CpusetCpus: service.cpuset,
    StorageOpt: service.storage_opt,
    LogConfig: logOf(service.logging),
    ExtraHosts:
      service.extra_hosts && Object.entries(service.extra_hosts).map(([name, address]) => `${name}:${address}`),
    Dns: service.dns,
    DnsSearch: service.dns_search,
    DnsOptions: service.dns_opt,
  })
}

/**
 * What a Compose service asks of the engine, in the engine's words.
 *
 * @param environment what its `env_file`s hold; what `environment` says wins
 */
export function settingsOf(service: Service, environment: Readonly<Record<string, string>> = {}): ContainerSettings {
  return {
    config: configOf(service, environment),
    hostConfig: hostConfigOf(service),
    networks: (service.networks ?? []).map((network) => ({ name: network.name, endpoint: endpointOf(network) })),
    ports: service.ports ?? [],
    labels: service.labels ?? {},
    tags: {},
    pull: service.pull_policy === 'if_not_present' ? 'missing' : (service.pull_policy ?? 'missing'),
    ...(service.platform ? { platform: service.platform } : {}),
  }
}
