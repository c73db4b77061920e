import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { proxyInterface } from '@infrakit/spi'
import { skipFor, startProcess, waitUntil, type Teardown } from '@infrakit/testing'
import t from 'tap'
import { atStep, half, served } from './deployments/waiting.js'
import { createDeploymentWorld, type DeploymentWorld } from './deployments/world.js'
import { startSwitchLoad } from './load/switch-load.js'

t.setTimeout(600_000)

const skip =
  process.getuid?.() === 0 ? skipFor(['unshare', 'ip']) : 'needs to be root, to give a proxy addresses of its own'
const script = fileURLToPath(new URL('../../plugins/proxy-embedded/bin/infrakit-proxy-embedded.js', import.meta.url))
/** Its 127.0.0.1 is not that of this machine: two proxies have the same routes, and so the same address. */
const elsewhere = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"']

/** A second proxy, as on another machine. */
function farProxy(t: Teardown, { home, plugins }: DeploymentWorld) {
  const env = { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: join(home, 'plugins') }
  const proxy = () => plugins.get(proxyInterface, 'proxy-far')
  return {
    async start() {
      const started = startProcess(t, script, ['--name', 'proxy-far'], env, elsewhere)
      await waitUntil('the far proxy', async () => (await proxy()).list({}).catch(() => undefined), 60_000)
      return started
    },
    /** Which releases' groups have requests there, in percent. */
    async shares(): Promise<Record<string, number>> {
      const { Route } = await (await proxy()).describe({ Name: 'shop' })
      const shares: Record<string, number> = {}
      for (const { Backend, Share } of Route.Servers) {
        if (Share > 0) shares[Backend] = (shares[Backend] ?? 0) + Math.round(100 * Share)
      }
      return shares
    },
  }
}

t.test('a switch is one of all proxies, or of none', { skip }, async (t) => {
  const world = await createDeploymentWorld(t)
  const far = farProxy(t, world)
  let process = await far.start()
  const Proxies = ['proxy-embedded', 'proxy-far']
  const spec = (release: number, more = {}) => world.spec(release, { Proxies, Deadlines: { Switch: '4s' }, ...more })
  t.equal((await world.deploy(spec(1))).State, 'succeeded')
  t.same(await far.shares(), { 'shop-1': 100 })
  const load = startSwitchLoad(t, { port: world.port, clients: 2 })

  const deployment = await world.deployment()
  const { ID } = await deployment.deploy({ Spec: spec(2, { Strategy: half }) })
  await atStep(world, 'watch')
  t.same(await far.shares(), { 'shop-1': 50, 'shop-2': 50 })
  await process.end('SIGKILL')
  await deployment.promote({ Service: 'shop' })
  const waitsForFar = async () => {
    const { State, Doing } = (await deployment.describe({ Service: 'shop' })).Description.Deployment ?? {}
    return State === 'reverting' && Doing?.includes('proxy-far')
  }
  await waitUntil('it to be taken back, and to wait for the far proxy', waitsForFar, 60_000)
  process = await far.start()
  const report = await world.ended(ID)
  t.match(report, { State: 'reverted', Failure: { Step: 'switch', Message: /proxy-far/ } })
  t.equal(await served(world, 2), 1)
  t.same(await far.shares(), { 'shop-1': 100 }, 'as on the other one')

  t.equal((await world.deploy(spec(3))).State, 'succeeded')
  t.equal(await served(world, 2), 3)
  t.same(await far.shares(), { 'shop-3': 100 })
  t.equal((await load.stop()).failures.length, 0, 'no request to the near one failed')
})
