import { Agent, get } from 'node:http'
import type { Teardown } from '@infrakit/testing'
import { failsEverything, withServer } from '../../deployments/bad-servers.js'
import { createDeploymentWorld } from '../../deployments/world.js'
import type { ProxyName } from '../../load/proxies.js'
import type { Row } from '../row.js'
import { percentile } from '../statistics.js'

const clients = 16
/** So many requests may fail before it is counted how long the others do. */
const allowed = 20

/** Clients that ask without a pause; each answer that fails is told with the time. */
function startAsking(t: Teardown, port: number) {
  const agent = new Agent({ keepAlive: true })
  const failedAt: number[] = []
  let over = false
  const ask = () =>
    new Promise<void>((resolve) => {
      const noted = (isFine: boolean) => {
        if (!isFine) failedAt.push(performance.now())
        resolve()
      }
      get({ host: '127.0.0.1', port, agent }, (answer) => {
        answer.resume().once('end', () => noted(answer.statusCode === 200))
      }).once('error', () => noted(false))
    })
  const all = Array.from({ length: clients }, async () => {
    while (!over) await ask()
  })
  const stop = async () => {
    over = true
    await Promise.all(all)
    agent.destroy()
  }
  t.teardown(stop)
  return { failedAt, stop }
}

function abortRow(proxy: ProxyName, needs: readonly string[]): Row {
  return {
    name: proxy.replace('proxy', 'canary'),
    title: `a canary with 5% of the requests of ${proxy}, all of which fail: from the ${allowed}th until the last that fails`,
    floorIs: `the ${allowed}th`,
    needs,
    unit: 'ms',
    compare: 'difference',
    figures: [{ of: 'slowest', from: (samples) => percentile(samples, 1), limit: 1000, bound: 'at most' }],
    rounds: { full: 20, quick: 1 },
    warmUp: 0,
    async open(t) {
      const world = await createDeploymentWorld(t, { proxy, lease: '15s' })
      await world.deploy(world.spec(1))
      const Strategy = { Type: 'canary' as const, Steps: ['5%'], Pause: '60s' }
      return {
        async ours() {
          const { failedAt, stop } = startAsking(t, world.port)
          const report = await world.deploy({ ...withServer(world, failsEverything), Strategy })
          await stop()
          if (report.Failure?.Step !== 'watch 5%')
            throw new Error(`not ended by its watch: ${JSON.stringify(report.Failure)}`)
          const [first, last] = [failedAt[allowed - 1], failedAt.at(-1)]
          return first === undefined || last === undefined ? 0 : last - first
        },
        floor: async () => 0,
      }
    },
  }
}

/** The counters of each proxy are what a canary is judged by. */
export const canaryAborts: readonly Row[] = [
  abortRow('proxy-haproxy', ['haproxy']),
  abortRow('proxy-nginx', ['nginx']),
  abortRow('proxy-embedded', []),
]
