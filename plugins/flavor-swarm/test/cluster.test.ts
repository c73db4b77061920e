import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '@infrakit/rpc/client'
import type { InstanceDescription } from '@infrakit/spi'
import { skipFor, waitUntil, type Teardown } from '@infrakit/testing'
import { containersWith, docker, testImage, unique } from '@infrakit/testing/engine'
import { repositoryFile, serveInstances, startGroup } from '@infrakit/testing/repository'
import t from 'tap'
import { parse, stringify } from 'yaml'

const programs = {
  group: 'plugins/group/bin/infrakit-group-default.js',
  'flavor-swarm': 'plugins/flavor-swarm/bin/infrakit-flavor-swarm.js',
}

/** What a container needs for an engine in it where the test itself may not give it all (`privileged`). */
const rights = {
  cap_add: ['SYS_ADMIN', 'NET_ADMIN', 'SYS_PTRACE'],
  security_opt: ['seccomp=unconfined', 'apparmor=unconfined'],
  volumes: ['/sys/fs/cgroup:/sys/fs/cgroup'],
}
/** Of the machines: containers have no network of their own. */
const engineArgs = ['--iptables=false', '--bridge=none']

interface GroupFile {
  ID: string
  Properties: {
    Allocation: { Size?: number; LogicalIDs?: string[] }
    Instance: { Properties: Record<string, unknown> & { command?: string[]; image?: string } }
  }
}

/** A file of the documentation, with the test's own image, names and folders. */
function adapted(text: string, names: { prefix: string; folder: string; network: string }): GroupFile {
  const own = text
    .replaceAll('/tmp/infrakit-swarm', names.folder)
    .replaceAll('infrakit-swarm', names.network)
    .replaceAll(/(?<![\w-])swarm-(?=\d)/g, `${names.prefix}-`)
  const file = parse(own) as GroupFile
  const { privileged, image, ...properties } = file.Properties.Instance.Properties
  if (privileged !== true || image !== 'docker:27-dind') throw new Error('the example is another one')
  const command = [...(properties.command ?? ['dockerd', '-H', 'unix:///var/run/docker.sock']), ...engineArgs]
  file.Properties.Instance.Properties = { ...properties, ...rights, image: testImage('machine'), command }
  return file
}

/** The plugins, a network, and what drives them. All containers and folders go with the test. */
async function world(t: Teardown) {
  const network = unique('net')
  docker('network', 'create', network)
  t.teardown(() => docker('network', 'rm', network))
  t.teardown(() => {
    const left = containersWith(['infrakit.instance-docker'], network)
    if (left.length > 0) docker('rm', '-fv', ...left)
  })
  const script = repositoryFile('plugins/instance-docker/bin/infrakit-instance-docker.js')
  const program = { script, name: 'instance-docker', connect: createClient }
  const { home, instance } = await serveInstances(t, program, { args: ['--namespace', network] })
  const infrakit = await startGroup(t, home, programs)
  const list = async (group: string): Promise<InstanceDescription[]> =>
    (await instance.describeInstances({ Tags: { 'infrakit.group': group } })).Descriptions
  return { home, network, infrakit, list }
}

interface Row {
  readonly ID: string
  readonly Hostname: string
  readonly Status: string
  readonly ManagerStatus: string
}

const needs = skipFor(['docker', 'busybox', 'dockerd'])

t.test(
  'containers become a swarm, which keeps its size and its tasks when machines are lost',
  { skip: needs },
  async (t) => {
    const { home, network, infrakit, list } = await world(t)
    const prefix = unique('m')
    const folder = join(home, 's')
    const names = { prefix, folder, network }
    const page = readFileSync(repositoryFile('plugins/flavor-swarm/README.md'), 'utf8')
    const [, workersText = ''] = /```yaml\n(ID: swarm-workers[^]*?)```/.exec(page) ?? []
    const managers = adapted(readFileSync(repositoryFile('plugins/flavor-swarm/example.yml'), 'utf8'), names)
    const workers = adapted(workersText, names)
    workers.Properties.Allocation.Size = 1
    const at = (number: number) => join(folder, `${prefix}-${number}`, 'docker.sock')
    /** Asks the manager with that number. */
    const ask = (number: number, ...args: string[]) =>
      execFileSync('docker', ['-H', `unix://${at(number)}`, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }).trim()
    const nodes = (number: number): Row[] =>
      ask(number, 'node', 'ls', '--format', '{{json .}}')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Row)
    /** Three managers, all of them there, and a worker; a lost one stays in the list, as down. */
    const isWhole = (number: number) => {
      const rows = nodes(number)
      const leading = rows.filter(({ ManagerStatus }) => ManagerStatus !== '')
      const working = rows.filter(({ ManagerStatus, Status }) => ManagerStatus === '' && Status === 'Ready')
      const well = leading.every(({ ManagerStatus, Status }) => ManagerStatus !== 'Unreachable' && Status === 'Ready')
      if (leading.length === 3 && well && working.length === 1) return true
      throw new Error(JSON.stringify(rows))
    }
    for (const file of [managers, workers]) {
      const path = join(home, `${file.ID}.yml`)
      writeFileSync(path, stringify(file))
      await infrakit('group', 'watch', path)
    }
    const idsOf = async (group: string) => (await list(group)).map(({ ID }) => ID)
    const made = async () => (await idsOf('swarm-managers')).length === 3 && (await idsOf('swarm-workers')).length === 1
    await waitUntil('three managers and a worker', async () => (await made()) && isWhole(2), 90_000)
    const swarm = ask(2, 'info', '--format', '{{.Swarm.Cluster.ID}}')

    // A service whose tasks may only be on workers.
    const image = testImage('busybox')
    const give = (container: string) =>
      execFileSync('sh', ['-c', 'docker save "$0" | docker exec -i "$1" docker load --quiet', image, container])
    const [lost = ''] = await idsOf('swarm-workers')
    give(lost)
    const options = ['--detach', '--no-resolve-image', '--network', 'host', '--constraint', 'engine.labels.tier==app']
    ask(2, 'service', 'create', '--name', 'app', ...options, image)
    /** The node that its task runs on. */
    const runsOn = () => {
      const format = '{{.Node}} {{.CurrentState}}'
      const [line = ''] = ask(2, 'service', 'ps', 'app', '--filter', 'desired-state=running', '--format', format).split(
        '\n',
      )
      return /^(\S+) Running/.exec(line)?.[1]
    }
    await waitUntil('its task on the worker', () => runsOn() === lost, 60_000)

    docker('kill', lost)
    const healed = async () => {
      const there = await idsOf('swarm-workers')
      return there.length === 1 && !there.includes(lost) && isWhole(2)
    }
    await waitUntil('another worker', healed, 60_000)
    const [added = ''] = await idsOf('swarm-workers')
    give(added)
    await waitUntil('its task on the other one', () => runsOn() === added, 60_000)

    const before = await list('swarm-managers')
    const victim = before.find(({ LogicalID }) => LogicalID === `${prefix}-1`)?.ID ?? ''
    t.match(
      nodes(2).find(({ Hostname }) => Hostname === `${prefix}-1`),
      { ManagerStatus: 'Leader' },
    )
    docker('kill', victim)
    const replaced = async () => {
      const there = (await list('swarm-managers')).map(({ ID }) => ID)
      return there.length === 3 && !there.includes(victim) && isWhole(2) && isWhole(1)
    }
    await waitUntil('another manager in its place', replaced, 60_000)
    t.equal(ask(1, 'info', '--format', '{{.Swarm.Cluster.ID}}'), swarm, 'it joined the swarm that was there')
    t.equal((await list('swarm-managers')).filter(({ ID }) => before.some((one) => one.ID === ID)).length, 2)
    t.equal(runsOn(), added, 'the task runs on')

    await infrakit('group', 'destroy', '--quiet', '--wait', 'swarm-workers')
    t.notOk(
      nodes(2).some(({ Hostname }) => Hostname === added),
      'the worker was drained and taken out',
    )
  },
)
