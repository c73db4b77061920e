import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rejection, temporaryFolder } from '@infrakit/testing'
import { docker, inspect, needsDocker, testImage, unique } from '@infrakit/testing/engine'
import t from 'tap'
import { composeShape } from '../src/compose/schema.js'
import { serve, waits } from './support.js'

/** Keys that are seen in another way than by what the engine says of the container, and where. */
const elsewhere: Readonly<Record<string, string>> = {
  network_mode: 'excludes networks; below',
  pull_policy: 'resolve.test.ts',
  env_file: 'is read by Resolve; below',
  platform: 'is checked by the engine; below',
  runtime: 'runc is the only one of every engine; below',
  userns_mode: 'engines without user namespaces take host only; below',
  privileged: 'below',
  storage_opt: 'needs a storage driver with quotas: below, by the engine refusing it',
  oom_kill_disable: 'with cgroup v2 the engine drops it; below',
  mem_swappiness: 'with cgroup v2 the engine drops it; below',
  cpu_quota: 'excludes cpus; below',
  cpu_period: 'excludes cpus; below',
}

const sorted = (list: unknown) => [...(list as string[])].sort()

t.test('every key of a Compose service reaches the engine', needsDocker, async (t) => {
  const image = testImage('busybox')
  const folder = await temporaryFolder(t)
  const [net, other, volume] = [unique('net'), unique('net'), unique('volume')]
  await writeFile(join(folder, 'secret'), 'x')
  await writeFile(join(folder, 'env'), 'FROM_FILE=1\nBOTH=file\n')
  t.teardown(() => {
    docker('network', 'rm', net, other)
    docker('volume', 'rm', '-f', volume)
  })
  const octet = 10 + (process.pid % 200)
  docker('network', 'create', '--subnet', `10.213.${octet}.0/24`, net)
  docker('network', 'create', '--subnet', `10.214.${octet}.0/24`, other)
  const compose = {
    image,
    command: '-c \'trap "exit 0" TERM; while :; do sleep 0.1 & wait $!; done\'',
    entrypoint: ['sh'],
    environment: { MINE: 'a b', NONE: null, BOTH: 'mine' },
    ports: ['127.0.0.1::80', { target: 53, protocol: 'udp' }],
    expose: ['9000', '9001/udp'],
    volumes: [
      `${volume}:/data`,
      `${folder}:/host:ro`,
      { type: 'tmpfs', target: '/scratch', tmpfs: { size: '1m' } },
      '/anonymous',
    ],
    tmpfs: ['/run:size=1m', '/tmp'],
    secrets: [{ file: join(folder, 'secret') }],
    networks: {
      [net]: { aliases: ['web'], ipv4_address: `10.213.${octet}.77` },
      [other]: { ipv4_address: `10.214.${octet}.78` },
    },
    healthcheck: { test: 'true', interval: '10s', timeout: '3s', retries: 2, start_period: '1m30s' },
    labels: ['some.label=1'],
    hostname: 'host-name',
    domainname: 'example.test',
    mac_address: '02:42:ac:11:65:43',
    user: '0:0',
    group_add: ['100', 101],
    working_dir: '/tmp',
    init: true,
    tty: true,
    stdin_open: true,
    restart: 'on-failure:3',
    stop_signal: 'SIGINT',
    stop_grace_period: '1500ms',
    cap_add: ['SYS_TIME'],
    cap_drop: 'MKNOD',
    read_only: true,
    security_opt: ['no-new-privileges'],
    ipc: 'private',
    pid: 'host',
    uts: 'host',
    cgroup_parent: '/ik-test',
    sysctls: { 'net.core.somaxconn': 256 },
    ulimits: { nofile: 1024, nproc: { soft: 100, hard: 200 } },
    devices: ['/dev/null:/dev/nothing:r'],
    device_cgroup_rules: ['c 1:3 mr'],
    mem_limit: '64m',
    mem_reservation: '32m',
    memswap_limit: '128m',
    oom_score_adj: 100,
    shm_size: '2m',
    pids_limit: 50,
    cpus: 0.5,
    cpu_shares: 512,
    cpuset: '0',
    logging: { driver: 'json-file', options: { 'max-size': '1m', 'max-file': 2 } },
    extra_hosts: ['db:10.0.0.1'],
    dns: '10.0.0.2',
    dns_search: ['example.test'],
    dns_opt: ['ndots:2'],
  }
  const { make, resolve } = await serve(t)
  // The engine shares the host's name or has one of its own.
  const { uts, hostname, domainname, ...together } = compose
  const missing = Object.keys(composeShape).filter((key) => !(key in compose) && !(key in elsewhere))
  t.same(missing, [], 'every key is tried')

  const { Config, HostConfig, Mounts, NetworkSettings } = inspect(await make({ ...together, hostname, domainname }))
  t.match(Config, {
    Image: image,
    Entrypoint: ['sh'],
    Cmd: ['-c', /^trap/],
    Hostname: 'host-name',
    Domainname: 'example.test',
    User: '0:0',
    WorkingDir: '/tmp',
    Tty: true,
    OpenStdin: true,
    StopSignal: 'SIGINT',
    StopTimeout: 2,
    Labels: { 'some.label': '1' },
    Healthcheck: {
      Test: ['CMD-SHELL', 'true'],
      Interval: 10e9,
      Timeout: 3e9,
      Retries: 2,
      StartPeriod: 90e9,
    },
  })
  t.same(
    sorted(Config['Env']).filter((one) => !one.startsWith('PATH=')),
    ['BOTH=mine', 'MINE=a b', 'NONE='],
  )
  t.same(sorted(Object.keys(Config['ExposedPorts'] as object)), ['53/udp', '80/tcp', '9000/tcp', '9001/udp'])
  t.match(HostConfig, {
    Tmpfs: { '/run': 'size=1m', '/tmp': '' },
    RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
    Init: true,
    CapAdd: ['SYS_TIME'],
    CapDrop: ['MKNOD'],
    ReadonlyRootfs: true,
    SecurityOpt: ['no-new-privileges'],
    IpcMode: 'private',
    PidMode: 'host',
    CgroupParent: '/ik-test',
    Sysctls: { 'net.core.somaxconn': '256' },
    Devices: [{ PathOnHost: '/dev/null', PathInContainer: '/dev/nothing', CgroupPermissions: 'r' }],
    DeviceCgroupRules: ['c 1:3 mr'],
    GroupAdd: ['100', '101'],
    Memory: 64 * 2 ** 20,
    MemoryReservation: 32 * 2 ** 20,
    MemorySwap: 128 * 2 ** 20,
    OomScoreAdj: 100,
    ShmSize: 2 * 2 ** 20,
    PidsLimit: 50,
    NanoCpus: 5e8,
    CpuShares: 512,
    CpusetCpus: '0',
    LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '2' } },
    ExtraHosts: ['db:10.0.0.1'],
    Dns: ['10.0.0.2'],
    DnsSearch: ['example.test'],
    DnsOptions: ['ndots:2'],
    NetworkMode: net,
  })
  t.same(
    (HostConfig['Ulimits'] as { Name: string }[]).sort((a, b) => (a.Name < b.Name ? -1 : 1)),
    [
      { Name: 'nofile', Soft: 1024, Hard: 1024 },
      { Name: 'nproc', Soft: 100, Hard: 200 },
    ],
  )
  const mounts = new Map(Mounts.map((mount) => [mount.Destination, mount]))
  t.match(mounts.get('/data'), { Type: 'volume', Name: volume, RW: true })
  t.match(mounts.get('/host'), { Type: 'bind', Source: folder, RW: false })
  t.match(mounts.get('/scratch'), { Type: 'tmpfs' })
  t.match(mounts.get('/anonymous'), { Type: 'volume', Name: /^[0-9a-f]{64}$/ })
  t.match(mounts.get('/run/secrets/secret'), { Type: 'bind', Source: join(folder, 'secret'), RW: false })
  t.match(NetworkSettings.Networks[net], { IPAddress: `10.213.${octet}.77`, MacAddress: '02:42:ac:11:65:43' })
  t.ok(NetworkSettings.Networks[net]?.Aliases?.includes('web'))
  t.match(NetworkSettings.Networks[other], { IPAddress: `10.214.${octet}.78` }, 'the second network, too')
  t.match(NetworkSettings.Ports['80/tcp'], [{ HostIp: '127.0.0.1', HostPort: /^2\d{4}$/ }])
  t.match(NetworkSettings.Ports['53/udp']?.[0], { HostPort: /^2\d{4}$/ })

  const properties = { image, env_file: join(folder, 'env'), command: waits, environment: { BOTH: 'mine' } }
  const { Resolved } = await resolve.resolve({ Properties: properties })
  const second = inspect(
    await make({
      ...properties,
      Resolved,
      network_mode: 'none',
      uts,
      userns_mode: 'host',
      runtime: 'runc',
      platform: 'linux/' + docker('version', '--format', '{{.Server.Arch}}'),
      cpu_period: 50_000,
      cpu_quota: 25_000,
      mem_limit: '64m',
      mem_swappiness: 10,
      oom_kill_disable: true,
    }),
  )
  t.same(
    sorted(second.Config['Env']).filter((one) => !one.startsWith('PATH=')),
    ['BOTH=mine', 'FROM_FILE=1'],
  )
  t.match(second.HostConfig, {
    NetworkMode: 'none',
    UTSMode: 'host',
    UsernsMode: 'host',
    Runtime: 'runc',
    CpuPeriod: 50_000,
    CpuQuota: 25_000,
  })
  // A machine that may not give all rights says so; then the engine was asked for them.
  const privileged = make({ ...properties, Resolved, privileged: true }).then(
    (id) => String(inspect(id).HostConfig['Privileged']),
    (error: Error) => error.message,
  )
  t.match(await privileged, /^true$|unable to apply caps: operation not permitted/)
  const wrong = { ...properties, Resolved }
  t.match(await rejection(make({ ...wrong, platform: 'linux/s390x' })), { message: /s390x/ })
  t.match(await rejection(make({ ...wrong, storage_opt: { size: 'x' } })), { message: /storage|size/i })
  if (docker('info', '--format', '{{.CgroupVersion}}') === '1') {
    t.match(second.HostConfig, { MemorySwappiness: 10, OomKillDisable: true })
  }
})

t.test("the original's form", needsDocker, async (t) => {
  const image = testImage('busybox')
  const net = unique('net')
  t.teardown(() => docker('network', 'rm', net))
  const netID = docker('network', 'create', net)
  const { make, describe } = await serve(t)
  const id = await make(
    {
      Config: { Image: image, Cmd: waits, Env: ['A=b'], Labels: { mine: 1 }, ExposedPorts: { '9000/tcp': {} } },
      HostConfig: {
        PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1' }], '53/udp': null },
        RestartPolicy: { Name: 'unless-stopped' },
        Memory: 2 ** 26,
      },
      NetworkAttachments: [{ Name: net }, { Id: docker('network', 'inspect', '--format', '{{.Id}}', 'bridge') }],
      Tags: { tier: 'engine', both: 'properties' },
    },
    { Tags: { both: 'spec' } },
  )
  const { Config, HostConfig, NetworkSettings } = inspect(id)
  t.match(Config, { Image: image, Cmd: waits, Labels: { mine: '1', tier: 'engine', both: 'spec' } })
  t.ok((Config['Env'] as string[]).includes('A=b'))
  t.match(HostConfig, { RestartPolicy: { Name: 'unless-stopped' }, Memory: 2 ** 26 })
  t.same(Object.keys(NetworkSettings.Networks).sort(), ['bridge', net].sort())
  t.equal(NetworkSettings.Networks[net]?.['NetworkID'], netID)
  t.match(NetworkSettings.Ports['80/tcp'], [{ HostIp: '127.0.0.1', HostPort: /^2\d{4}$/ }])
  t.match(NetworkSettings.Ports['53/udp']?.[0], { HostPort: /^2\d{4}$/ })
  t.same((await describe(id))?.Tags, { tier: 'engine', both: 'spec' })
})
