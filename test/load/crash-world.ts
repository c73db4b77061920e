import { freePort, waitUntil, type TemporaryPlugin, type Teardown } from '@infrakit/testing'
import type { AppliedRoute, LiveRoute } from '@infrakit/spi'
import { keepAsking } from './asking.js'
import { end } from '../environment/processes-in.js'
import { lives, processesOf, startProxy, type ProxyName } from './proxies.js'
import { startRelease, type Release } from './switching.js'

/** What is killed at once. */
export type Victim = 'plugin' | 'worker' | 'master' | 'proxy' | 'proxy and plugin'

export const victimsOf = (proxy: ProxyName): readonly Victim[] =>
  proxy === 'proxy-embedded'
    ? ['plugin', 'worker', 'proxy', 'proxy and plugin']
    : ['plugin', 'worker', 'master', 'proxy', 'proxy and plugin']

/** What a route is, of two releases and a third one that is drained or not. */
export interface Wanted {
  readonly release: 0 | 1
  readonly drained: boolean
}

/** Which releases may answer. */
export const serving = ({ release, drained }: Wanted) => (drained ? [`${release}`] : [`${release}`, '2'])

export interface CrashWorld {
  readonly plugin: TemporaryPlugin
  readonly port: number
  /** What was last answered for. */
  readonly done: Wanted
  /** Changes the route again and again, until it is stopped. */
  keepChanging(): { stop(): Promise<number> }
  kill(victim: Victim): Promise<void>
  /** Resolves when the route is, and is served, as it was answered for last, or as it was being made just then. */
  settled(): Promise<Wanted>
}

const byName = { Name: 'shop', Owner: 'test' }
/** For what was killed to be there again (ms). Generous: nothing is judged by it. */
const backMs = 60_000

/** A proxy with a route to two servers of a release and a spare one, all of which live. */
export async function createCrashWorld(t: Teardown, proxy: ProxyName): Promise<CrashWorld> {
  const [plugin, port, ...releases] = await Promise.all([
    startProxy(t, proxy),
    freePort(),
    startRelease(t, 0),
    startRelease(t, 1),
    startRelease(t, 2, 1),
  ])
  const [spare] = releases[2].servers.map(({ Name }) => Name)
  let [done, tried]: [Wanted, Wanted] = [
    { release: 0, drained: false },
    { release: 0, drained: false },
  ]

  function apply(release: 0 | 1) {
    const Servers = [...releases[release].servers, ...releases[2].servers]
    const Route = { ...byName, Listen: `127.0.0.1:${port}`, Backends: [{ Name: 'web', Servers }] }
    return plugin.call('Proxy.Apply', { Route })
  }

  /** One thing at a time, so that there is one that may or may not have been done when somebody dies. */
  async function change(at: number): Promise<void> {
    tried = at % 2 === 0 ? { ...done, release: done.release === 0 ? 1 : 0 } : { ...done, drained: !done.drained }
    if (at % 2 === 0) await apply(tried.release)
    else await plugin.call('Proxy.Drain', { ...byName, Server: spare, Undo: done.drained, TimeoutSeconds: 5 })
    done = tried
  }

  function keepChanging() {
    let [over, changes] = [false, 0]
    const changing = (async () => {
      for (let at = 0; !over; at++) {
        const made = await change(at).then(
          () => true,
          () => false,
        )
        // What came of it will be seen; nothing else is tried until then.
        if (!made) return changes
        changes++
      }
      return changes
    })()
    return {
      stop() {
        over = true
        return changing
      },
    }
  }

  async function kill(victim: Victim): Promise<void> {
    const { masters, workers } = processesOf(plugin)
    const all = [...masters, ...workers]
    const killed = { plugin: [], worker: workers.slice(0, 1), master: masters, proxy: all, 'proxy and plugin': all }
    if (victim !== 'plugin' && killed[victim].length === 0) throw new Error(`there is no ${victim} to kill`)
    for (const pid of killed[victim]) end(pid)
    // What is said of it from here on is said of one that has gone.
    await waitUntil('them to be gone', () => !killed[victim].some(lives))
    if (victim === 'plugin' || victim === 'proxy and plugin') {
      await plugin.kill()
      await plugin.start()
    }
  }

  /** What the plugin has durably, if it is one of the two that may be. */
  async function found(): Promise<Wanted> {
    const { Routes } = await plugin.call('Proxy.List')
    const [route] = Routes as AppliedRoute[]
    const release = route?.Route.Backends[0]?.Servers[0]?.Name.startsWith('web-0') ? 0 : 1
    const is: Wanted = { release, drained: route?.Drained.includes(spare ?? '') ?? false }
    const isOne = [done, tried].some((one) => one.release === is.release && one.drained === is.drained)
    const words = JSON.stringify({ is, done, tried, route })
    if (!route || !isOne) throw new Error(`what was answered for is lost: ${words}`)
    return is
  }

  /** Throws how it is served otherwise. */
  async function checkServed(wanted: Wanted): Promise<true> {
    const { Route } = await plugin.call('Proxy.Describe', { Name: 'shop' })
    const is = (Route as LiveRoute).Servers.map(({ Name, State }) => `${Name} ${State}`)
    const named = releases[wanted.release].servers.map(({ Name }) => `${Name} up`)
    const should = [...named, `${spare} ${wanted.drained ? 'draining' : 'up'}`]
    // Servers of the other release may still be finishing.
    const others = releases[wanted.release === 0 ? 1 : 0].servers.map(({ Name }) => `${Name} draining`)
    const rest = is.filter((one) => !others.includes(one))
    if (rest.sort().join() === should.sort().join()) return true
    throw new Error(`${is.join(', ')}; should be ${should.join(', ')}\n${plugin.output().slice(-2000)}`)
  }

  async function settled(): Promise<Wanted> {
    const is = await found()
    await waitUntil('all to be served as it was', () => checkServed(is), backMs)
    const expects = (release: string) => serving(is).includes(release)
    const asking = keepAsking(t, { port, clients: 4, of: () => ({ path: '/' }), expects })
    await waitUntil('requests to be answered', () => asking.made() >= 40, backMs)
    const { errors, wrong } = await asking.stop()
    if (errors.length + wrong.length > 0) throw new Error(`it serves again, but: ${[...errors, ...wrong].join('; ')}`)
    if (is.drained) await plugin.call('Proxy.Drain', { ...byName, Server: spare, TimeoutSeconds: 30 })
    done = tried = is
    return is
  }

  await apply(0)
  return {
    plugin,
    port,
    get done() {
      return done
    },
    keepChanging,
    kill,
    settled,
  }
}

/** Where only servers die. */
export function applyServers(plugin: TemporaryPlugin, port: number, ...releases: readonly Release[]) {
  const Servers = releases.flatMap(({ servers }) => servers)
  const Backends = [{ Name: 'web', Servers }]
  return plugin.call('Proxy.Apply', { Route: { ...byName, Listen: `127.0.0.1:${port}`, MaxFails: 2, Backends } })
}
