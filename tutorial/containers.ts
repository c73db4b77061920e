import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, releases } from './releases.js'
import type { Session } from './session.js'

const run = promisify(execFile)
const others = ['group', 'flavor-vanilla', 'proxy-haproxy']
/** How long Consul may take to have a leader (ms). */
const patienceMs = 60_000

/** What this walk needs and this machine does not have, in words. */
export async function missingForContainers(): Promise<string[]> {
  const needed = [
    ['a Docker engine that you may use', 'docker', 'version'],
    ['consul', 'consul', 'version'],
    ['haproxy', 'haproxy', '-v'],
  ] as const
  const found = await Promise.all(
    needed.map(([what, program, ask]) =>
      run(program, [ask]).then(
        () => [],
        () => [what],
      ),
    ),
  )
  return found.flat()
}

/** The second walk with containers, Consul and HAProxy. */
export async function containers(session: Session): Promise<void> {
  session.say('Releases again: of containers now, behind HAProxy; what is deployed is remembered in Consul.')
  const consul = await startConsul(session)
  const namespace = `tutorial-${process.pid}`
  session.atEnd(() => removeContainers(namespace))
  const start = (...args: string[]) => session.infrakit('plugin', 'start', ...args)
  await start(...others)
  await start('instance-docker', '--', '--namespace', namespace)
  await start('registry-consul', '--', '--address', consul)
  await start('deployment')
  const image = process.env['INFRAKIT_TUTORIAL_IMAGE']
  await releases(session, 'tutorial/blue-green/shop.yml', ...(image ? ['--set', `image=${image}`] : []))
  await session.infrakit('plugin', 'stop', 'deployment', ...others, 'instance-docker', 'registry-consul')
}

/** An agent of the tour's own. Answers with its address once it has a leader. */
async function startConsul(session: Session): Promise<string> {
  const [http, server, serf] = await Promise.all([freePort(), freePort(), freePort()])
  const ports = [`-http-port=${http}`, `-server-port=${server}`, `-serf-lan-port=${serf}`, '-serf-wan-port=-1']
  const off = ['-dns-port=-1', '-grpc-port=-1', '-disable-host-node-id']
  const args = ['agent', '-dev', '-bind=127.0.0.1', `-data-dir=${join(session.folder, 'consul')}`, ...ports, ...off]
  session.show('consul agent -dev &')
  const agent = spawn('consul', args, { stdio: 'ignore' })
  const ended = once(agent, 'exit')
  session.atEnd(async () => {
    agent.kill('SIGKILL')
    await ended
  })
  const address = `http://127.0.0.1:${http}`
  for (const end = performance.now() + patienceMs; ;) {
    session.signal.throwIfAborted()
    const leader = await fetch(`${address}/v1/status/leader`).then(
      (answer) => answer.text(),
      () => '',
    )
    if (leader.length > 2) return address
    if (agent.exitCode !== null) throw new Error(`consul agent ended with status ${agent.exitCode}`)
    if (performance.now() > end) throw new Error('consul has no leader')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function removeContainers(namespace: string): Promise<void> {
  const { stdout } = await run('docker', ['ps', '-aq', '--filter', `label=infrakit.instance-docker=${namespace}`])
  const ids = stdout.split('\n').filter(Boolean)
  if (ids.length > 0) await run('docker', ['rm', '--force', '--volumes', ...ids])
}
