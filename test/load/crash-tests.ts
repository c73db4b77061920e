import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, waitUntil } from '@infrakit/testing'
import type { Test } from 'tap'
import { figure, soaked } from '../soak/soak.js'
import { keepAsking } from './asking.js'
import { applyServers, createCrashWorld, victimsOf, type Victim } from './crash-world.js'
import { skipWithout, startProxy, type ProxyName } from './proxies.js'
import { startRelease } from './switching.js'

/** How often each is killed. */
const times = soaked(1, 20)
const posted = Buffer.alloc(1000, 'a')
/** The longest that is sent again. */
const kept = Buffer.alloc(16 * 1024, 'b')

/** What holds for all proxies when they, their plugins or their servers are killed under load. */
export async function crashTests(t: Test, proxy: ProxyName): Promise<void> {
  const skip = skipWithout(proxy)

  await t.test(`${proxy} and its plugin are killed while routes change: nothing answered for is lost`, { skip }, (t) =>
    killed(t, proxy),
  )
  await t.test(
    `servers of ${proxy} crash: what can be asked again does not fail, what broke off says so`,
    { skip },
    (t) => crashed(t, proxy),
  )
}

async function killed(t: Test, proxy: ProxyName): Promise<void> {
  const world = await createCrashWorld(t, proxy)
  const { port } = world
  let changes = 0
  const broken = new Map<Victim, number>()
  for (let at = 0; at < times; at++) {
    for (const victim of victimsOf(proxy)) {
      const load = keepAsking(t, {
        port,
        clients: 12,
        of: (at) => (at % 2 ? { path: '/' } : { path: '/post', body: posted }),
      })
      const changing = world.keepChanging()
      await waitUntil('requests to be made', () => load.made() >= 60, 60_000)
      // At another moment of a change each time.
      await sleep(37 * (at % 10))
      await world.kill(victim)
      changes += await changing.stop()
      t.ok(await world.settled(), `${victim} killed: as it was`)
      const { answered, errors, wrong } = await load.stop()
      t.ok(answered > 0)
      t.same(wrong.slice(0, 5), [], 'no answer was wrong without saying so')
      // Who serves in a process of its own does not need the plugin for it.
      if (victim === 'plugin' && proxy !== 'proxy-embedded') t.same(errors.slice(0, 5), [], 'it served on')
      broken.set(victim, (broken.get(victim) ?? 0) + errors.length)
    }
  }
  t.ok(changes > 0, `${changes} changes meanwhile`)
  figure(
    `${proxy}: kills of each of ${victimsOf(proxy).join(', ')}, and nothing lost of`,
    `${times}, ${changes} changes`,
  )
  figure(`${proxy}: requests that broke then`, [...broken].map((one) => one.join(' ')).join(', '))
}

async function crashed(t: Test, proxy: ProxyName): Promise<void> {
  const [plugin, port, stays] = await Promise.all([startProxy(t, proxy), freePort(), startRelease(t, 0)])
  let [asked, failed, broken] = [0, 0, 0]
  for (let at = 0; at < soaked(2, times); at++) {
    const crashing = await startRelease(t, at + 1, 1)
    await applyServers(plugin, port, stays, crashing)
    const idempotent = keepAsking(t, { port, clients: 16, of: askedAgain })
    const drips = keepAsking(t, { port, clients: 16, of: (at) => ({ path: at % 2 === 0 ? '/drip' : '/drip?length' }) })
    await waitUntil('requests to be made', () => idempotent.made() >= 200 && drips.made() >= 8, 60_000)
    await crashing.process.end('SIGKILL')
    const before = idempotent.made()
    await waitUntil('more of them', () => idempotent.made() >= before + 200, 60_000)
    const [again, begun] = [await idempotent.stop(), await drips.stop()]
    t.same([...again.errors, ...again.wrong].slice(0, 5), [], 'none of what can be asked again failed')
    t.same(begun.wrong.slice(0, 5), [], 'no answer was short without saying so')
    asked += idempotent.made()
    failed += again.errors.length + again.wrong.length
    broken += begun.errors.length
  }
  t.ok(broken > 0, `${broken} answers broke off`)
  figure(`${proxy}: what can be asked again, failed of ${asked} while servers crashed ${times} times`, failed)
  figure(`${proxy}: answers that broke off then, all of them errors at the client`, broken)
}

/** Idempotent, up to 16 KB; some wait for an answer when the server dies. */
function askedAgain(at: number) {
  if (at % 4 === 0) return { path: '/?slow=50' }
  return at % 4 === 1 ? { path: '/put', method: 'PUT', body: kept } : { path: '/' }
}
