import { execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '@infrakit/rpc/client'
import type { InstanceDescription } from '@infrakit/spi'
import { skipFor, waitUntil, type Teardown } from '@infrakit/testing'
import { repositoryFile, serveInstances, startGroup } from '@infrakit/testing/repository'
import t from 'tap'
import { askStatus } from '../src/status.js'

const programs = {
  group: 'plugins/group/bin/infrakit-group-default.js',
  'flavor-zookeeper': 'plugins/flavor-zookeeper/bin/infrakit-flavor-zookeeper.js',
}
const clientPort = 2181

/** The plugins, and what drives them. */
async function world(t: Teardown) {
  const script = repositoryFile('plugins/instance-process/bin/infrakit-instance-process.js')
  const program = { script, name: 'instance-process', connect: createClient }
  const { home, instance, list } = await serveInstances(t, program)
  // After the group has ended, which would make them again.
  t.teardown(async () => {
    for (const { ID } of await list()) await instance.destroy({ Instance: ID })
  })
  const infrakit = await startGroup(t, home, programs)
  return { home, infrakit, list }
}

/** What each member says it is, by logical ID. */
async function modesOf(members: readonly InstanceDescription[]): Promise<Map<string, string>> {
  const statuses = await Promise.all(members.map((one) => askStatus(one, clientPort)))
  return new Map(
    statuses.map((status, at) => [members[at]?.LogicalID ?? '', status.kind === 'serving' ? status.mode : status.kind]),
  )
}

/** Runs the ensemble's own client program. */
function zkCli(id: string, ...command: string[]): string {
  const args = ['-server', `${id}:${clientPort}`, ...command]
  return execFileSync('/usr/share/zookeeper/bin/zkCli.sh', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

const skip = skipFor(['zookeeper'])

t.test('the example elects a leader; a killed one is replaced by an election, and comes back', { skip }, async (t) => {
  const { home, infrakit, list } = await world(t)
  // Addresses that no other test has: members listen on nothing else.
  const net = `127.${randomInt(1, 255)}.${randomInt(255)}`
  const example = readFileSync(repositoryFile('plugins/flavor-zookeeper/example.yml'), 'utf8')
  const file = join(home, 'example.yml')
  writeFileSync(file, example.replaceAll('127.0.0.', `${net}.`))
  await infrakit('group', 'watch', file)

  const formed = async () => {
    const modes = [...(await modesOf(await list())).values()].sort()
    return modes.join() === 'follower,follower,leader'
  }
  await waitUntil('a leader and two followers', formed, 60_000)
  const before = await list()
  const [leader = ''] = [...(await modesOf(before))].find(([, mode]) => mode === 'leader') ?? []
  const follower = before.find(({ LogicalID }) => LogicalID !== leader)?.LogicalID ?? ''
  zkCli(follower, 'create', '/kept', 'written-before')

  const victim = before.find(({ LogicalID }) => LogicalID === leader)
  const { Pid } = victim?.Properties as { Pid: number }
  t.ok(Pid > 0)
  process.kill(Pid, 'SIGKILL')
  const led = async () => {
    const others = [...(await modesOf(await list()))].filter(([id]) => id !== leader)
    return others.some(([, mode]) => mode === 'leader')
  }
  await waitUntil('another leader', led, 60_000)
  await waitUntil('all three again', async () => (await list()).length === 3 && (await formed()), 60_000)
  const after = await list()
  const successor = after.find(({ LogicalID }) => LogicalID === leader)
  t.not(successor?.ID, victim?.ID, 'the lost member is another instance')
  const ids = new Set(after.map(({ ID }) => ID))
  for (const { ID, LogicalID } of before) if (LogicalID !== leader) t.ok(ids.has(ID), `${LogicalID} was left alone`)
  t.match(zkCli(leader, 'get', '/kept'), /written-before/, 'what was written is there, also at the new member')
  await infrakit('group', 'destroy', '--quiet', '--wait', 'zookeeper-example')
  t.same(await list(), [])
})
