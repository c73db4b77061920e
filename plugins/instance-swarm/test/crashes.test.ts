import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tag } from '@infrakit/spi'
import { temporaryFolder, waitUntil } from '@infrakit/testing'
import { unique } from '@infrakit/testing/engine'
import t, { type Test } from 'tap'
import { needsSwarm, serve, servicesOf, testSwarm, waits, type Served, type TestSwarm } from './support.js'

const specOf = (image: string, key: string, hash: string, labels: Record<string, string> = {}) => ({
  Properties: { image, command: waits, stop_signal: 'SIGKILL', stop_grace_period: '1s', deploy: { labels } },
  Tags: { [tag.provision]: key, [tag.group]: 'crashing', [tag.configHash]: hash },
})

/** What a caller does who wants an instance and then another one in its place, and after a death asks the next life. */
async function provisionTwice(t: Test, swarm: TestSwarm, env: Record<string, string>) {
  const home = await temporaryFolder(t)
  const namespace = unique('crash')
  let life: Served = await serve(t, swarm, { home, namespace, env })
  let died = 0
  let left = 0
  const provision = async (Spec: ReturnType<typeof specOf>) => {
    try {
      return (await life.instance.provision({ Spec })).ID
    } catch {
      t.match(await life.started.exited, { signal: 'SIGKILL' })
      died++
      left = servicesOf(swarm.first, namespace).length
      life = await serve(t, swarm, { home, namespace })
      return (await life.instance.provision({ Spec })).ID
    }
  }
  const first = specOf(swarm.image, unique('key'), 'one')
  const second = specOf(swarm.image, unique('key'), 'two', { tier: 'web' })
  const ids = [await provision(first), await provision(second)]
  return { life, second, ids, died, left }
}

t.test('killed at any moment of a provision or an update: one service, nothing else', needsSwarm, async (t) => {
  const swarm = await testSwarm(t)
  const journal = join(await temporaryFolder(t), 'journal')
  const whole = await provisionTwice(t, swarm, { INFRAKIT_FAILPOINT_JOURNAL: journal })
  t.equal(whole.died, 0)
  const points = readFileSync(journal, 'utf8')
    .trim()
    .split('\n')
    .filter((name) => /^(provision|update)\//.test(name))
  t.same(points, ['provision/created', 'provision/running', 'update/changed'])
  const lives = points.map(async (point) => {
    const { life, second, ids, died, left } = await provisionTwice(t, swarm, { INFRAKIT_FAILPOINT: `${point}:1` })
    t.equal(died, 1, point)
    // Control: a death leaves a service, which a caller who asked with another key would make twice.
    t.equal(left, 1, `${point}: a death leaves a service`)
    t.equal(new Set(ids).size, 1, `${point}: one instance, which was updated in place`)
    t.same(await life.ids(), [ids[0]], point)
    t.equal((await life.instance.provision({ Spec: second })).ID, ids[0], `${point}: the key is known`)
    t.match(await life.describe(ids[0] ?? ''), { State: undefined, Tags: { [tag.configHash]: 'two' } })
    await life.instance.destroy({ Instance: ids[0] ?? '' })
    t.same(life.services(), [], point)
  })
  await Promise.all(lives)
})

t.test('a job that a killed plugin left is removed by its next life', needsSwarm, async (t) => {
  const swarm = await testSwarm(t)
  const home = await temporaryFolder(t)
  const namespace = unique('jobs')
  const life = await serve(t, swarm, { home, namespace })
  const Properties = { image: swarm.image, command: ['sleep', '1000'], networks: ['host'] }
  const running = life.job.run({ Properties }).catch(() => undefined)
  await waitUntil('its service', () => life.services().length === 1)
  await life.started.end('SIGKILL')
  await running
  const next = await serve(t, swarm, { home, namespace })
  t.same(next.services(), [])
  t.match(next.started.output(), /removes the service of a job that nobody waits for/)
})
