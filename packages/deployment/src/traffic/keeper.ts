import { InfrakitError, kindOf, messageOf, type LiveRoute } from '@infrakit/spi'
import type { Action } from '../actions.js'
import { descriptionOf } from '../description-of.js'
import type { Performing } from '../executor.js'
import { keys } from '../names.js'
import type { Ports } from '../ports.js'
import type { Traffic } from '../records.js'
import type { Tenure } from '../tenure.js'
import { Catalogue } from './catalogue.js'
import { drainServers } from './drain-servers.js'
import { listMembers } from './list-members.js'
import { Members, type Member } from './members.js'
import { clear, look, make, nothingRouted, viewOf, type RouteView } from './proxy-view.js'
import { readTraffic } from './read-traffic.js'
import { Right } from './right.js'
import { desiredEntries, desiredRoute, serverName, type Serving } from './routes.js'

type RouteAction = Extract<Action, { Type: 'route' }>
type DrainAction = Extract<Action, { Type: 'drain' }>

/** Between two attempts to make the proxies as they should be (ms). */
const againMs = 100
/** What a proxy said of its servers may be relied on for so long (ms). */
const freshMs = 1000

/**
 * Keeps the requests of one service on the instances that are well: one after the other, it makes every proxy and the
 * catalogue what the service's traffic says, of the members that are there and ready.
 *
 * Whatever it changes is done under the service's lease: while a deployment goes on, under that one's; else it takes the
 * lease for a moment when it needs one.
 */
export class Keeper {
  readonly members = new Members()
  readonly #catalogue: Catalogue
  /** By proxy and route. */
  readonly #views = new Map<string, RouteView>()
  /** Why something could not be made as it should be, by proxy; and `catalogue`. */
  readonly #troubles = new Map<string, string>()
  #traffic: Traffic | undefined
  #loaded = false
  readonly #right: Right
  #turn: Promise<unknown> = Promise.resolve()
  #next: Promise<void> | undefined
  #syncedAt = -Infinity
  /** Called when requests are to go elsewhere. */
  onTraffic: () => void = () => undefined

  constructor(
    readonly service: string,
    private readonly ports: Ports,
    owner: string,
  ) {
    this.#catalogue = new Catalogue(service)
    this.#right = new Right(service, ports, owner)
  }

  get traffic(): Traffic | undefined {
    return this.#traffic
  }

  /** Whether the group gets, or shall get, requests. */
  concerns(group: string): boolean {
    return this.#traffic?.Shares.some(({ Group }) => Group === group) ?? false
  }

  /** Takes the lease for a deployment; until `leave` all changes are made under it. */
  enter(reason: string): Promise<Tenure> {
    return this.#inTurn(() => this.#right.enter(reason))
  }

  /** The deployment has ended, or is no longer ours. */
  leave(tenure: Tenure): void {
    // What others have done meanwhile is seen by looking.
    if (this.#right.leave(tenure)) this.#loaded = false
  }

  /** Reads where requests are to go, unless it is known. */
  async load(): Promise<void> {
    if (this.#loaded) return
    this.#traffic = await readTraffic(this.ports, this.service)
    this.#loaded = true
  }

  /** Looks at everything anew and makes it as it should be. Never throws: what is in the way is told by `troubleOf`. */
  sync(): Promise<void> {
    this.#next ??= this.#inTurn(async () => {
      this.#next = undefined
      await this.#sync([])
    })
    return this.#next
  }

  /** Reads the catalogue and the traffic anew with the next look: others may have changed them. */
  doubt(): void {
    this.#catalogue.doubt()
    if (!this.#right.isDeploying) this.#loaded = false
  }

  /** Why requests cannot, or may not yet, go to a member; `undefined` when they do. Looks first when that is long ago. */
  async troubleOf(group: string, id: string): Promise<string | undefined> {
    if (this.ports.clock.now() - this.#syncedAt > freshMs) await this.sync()
    return this.#trouble(group, id)
  }

  /** Makes requests go where the action says; returns when that was seen to be so. */
  async route({ Traffic: traffic, Verify, Clear, Seconds }: RouteAction, performing: Performing): Promise<void> {
    const { clock } = this.ports
    await this.#inTurn(() => this.#write(traffic, performing))
    const deadline = clock.now() + Seconds * 1000
    for (;;) {
      performing.tenure.require()
      await this.#inTurn(() => this.#sync(Clear))
      const trouble = this.#missing(Verify)
      if (trouble === undefined) return
      performing.doing(trouble)
      if (clock.now() >= deadline) throw new InfrakitError('timeout', `not switched within ${Seconds}s: ${trouble}`)
      await clock.sleep(againMs, performing.signal)
      performing.signal.throwIfAborted()
    }
  }

  /** Waits until nothing is in flight at a group's members, which the routes no longer name or give nothing. */
  async drainGroup({ Traffic: traffic, Group }: DrainAction, performing: Performing): Promise<void> {
    const { group } = await this.ports.group(traffic.GroupPlugin)
    const description = await descriptionOf(group, Group)
    const servers = (description?.Instances ?? []).map(({ ID }) => serverName(ID))
    performing.doing(`waiting until nothing is in flight at ${Group}`)
    const cut = await drainServers(this.ports, traffic, servers, async () => performing.tenure.fence)
    if (cut > 0)
      performing.output([`${cut} requests or connections of ${Group} were cut after ${traffic.DrainSeconds}s`])
  }

  /** Takes one member out of the proxies and the catalogue, and waits until nothing is in flight there. */
  async drainMember(id: string): Promise<void> {
    const traffic = this.#traffic
    if (!traffic) return
    // Another look than one that may be under way: that one does not know yet that the member leaves.
    await this.#inTurn(() => this.#sync([]))
    const [trouble] = [...this.#troubles].filter(([where]) => where !== 'catalogue')
    if (trouble) throw new InfrakitError('unavailable', trouble[1])
    await drainServers(this.ports, traffic, [serverName(id)], () => this.#right.token())
  }

  /** Servers of a group that every proxy has, or, without proxies, addresses of members. */
  serversOf(group: string): string[] {
    const names = this.members.of(group).map(({ id }) => serverName(id))
    const views = [...this.#views.values()]
    return views.length === 0 ? names : names.filter((name) => views.every(({ live }) => live.has(name)))
  }

  /** One thing after the other. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async #write(traffic: Traffic | null, { tenure }: Performing): Promise<void> {
    const { registry } = await this.ports.registry()
    const Key = keys.traffic(this.service)
    const under = { Key, Lease: tenure.token, Fence: tenure.fence }
    if (traffic) await registry.put({ ...under, Value: this.ports.json.stringify(traffic) })
    else await registry.delete(under)
    this.#traffic = traffic ?? undefined
    this.#loaded = true
    this.#catalogue.doubt()
    this.onTraffic()
  }

  async #sync(Clear: readonly string[]): Promise<void> {
    const before = new Map(this.#shares().map(({ Group }) => [Group, this.#readyIn(Group)]))
    await this.#attempt('registry', () => this.load())
    const traffic = this.#traffic
    if (traffic) await this.#attempt(traffic.GroupPlugin, () => listMembers(this.ports, traffic, this.members))
    const proxies = [...new Set([...(traffic?.Proxies ?? []), ...Clear])]
    const places = new Set((traffic?.Proxies ?? []).flatMap((proxy) => this.#placesOn(proxy)))
    for (const place of this.#views.keys()) if (!places.has(place)) this.#views.delete(place)
    await Promise.all([
      ...proxies.map((name) => this.#attempt(name, () => this.#makeProxy(name, Clear.includes(name)))),
      this.#attempt('catalogue', () => this.#makeCatalogue()),
    ])
    this.#syncedAt = this.ports.clock.now()
    this.#tellLive(before)
  }

  /** Does one part of the work; what is wrong with it is remembered until it is done. */
  async #attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
      this.#troubles.delete(what)
    } catch (error) {
      // Somebody else has changed the service since: the next look begins from what is there.
      if (kindOf(error) === 'conflict') this.#right.doubt()
      const trouble = `${what}: ${messageOf(error)}`
      if (this.#troubles.get(what) !== trouble) {
        this.ports.log.warn({ service: this.service, error: messageOf(error) }, `${what} is not as it should be`)
      }
      this.#troubles.set(what, trouble)
    }
  }

  async #makeProxy(name: string, clearing: boolean): Promise<void> {
    const { proxy } = await this.ports.proxy(name)
    const traffic = this.#traffic
    const here = traffic?.Proxies.includes(name) ? traffic.Routes : []
    for (const route of here) {
      const found = await look(proxy, route.Name)
      const routed = viewOf(found).routed
      const desired = desiredRoute(traffic as Traffic, route, this.#serving(routed))
      const now: LiveRoute | undefined = await make(proxy, desired, found, () => this.#right.token())
      this.#views.set(`${name}/${route.Name}`, viewOf(now))
    }
    if (clearing) await clear(proxy, this.service, new Set(here.map(({ Name }) => Name)), () => this.#right.token())
  }

  async #makeCatalogue(): Promise<void> {
    const traffic = this.#traffic
    // What is entered then may be another site's, unless a deployment here takes out what was ours.
    if (!traffic && !this.#right.isDeploying) return
    const { registry } = await this.ports.registry()
    if (!traffic) return this.#catalogue.make(registry, [], () => this.#right.token())
    await this.#catalogue.load(registry)
    const { entered } = this.#catalogue
    const serving: Serving = (group) =>
      this.#serving(
        new Set(
          this.members
            .of(group)
            .flatMap(({ id }) => (entered.has(`${group}.${serverName(id)}`) ? [serverName(id)] : [])),
        ),
      )(group)
    await this.#catalogue.make(registry, desiredEntries(traffic, serving), () => this.#right.token())
  }

  /**
   * Those of a group who are to get requests: all that are ready. Whoever gets some already keeps them while nobody knows,
   * and while nobody is better.
   */
  #serving(routed: ReadonlySet<string>): Serving {
    return (group) => {
      const staying = this.members.of(group).filter(({ leavingSince }) => leavingSince === undefined)
      const isRouted = ({ id }: Member) => routed.has(serverName(id))
      const fine = staying.filter((member) => member.ready ?? isRouted(member))
      return fine.length > 0 ? fine : staying.filter(isRouted)
    }
  }

  #shares() {
    return this.#traffic?.Shares ?? []
  }

  #placesOn(proxy: string): string[] {
    return (this.#traffic?.Routes ?? []).map(({ Name }) => `${proxy}/${Name}`)
  }

  #trouble(group: string, id: string): string | undefined {
    if (!this.concerns(group)) return undefined
    const traffic = this.#traffic
    for (const proxy of traffic?.Proxies ?? []) {
      const trouble = this.#troubles.get(proxy)
      if (trouble !== undefined) return trouble
      const views = this.#placesOn(proxy).map((place) => this.#views.get(place) ?? nothingRouted)
      if (!views.every(({ routed }) => routed.has(serverName(id)))) return `${proxy} does not have it yet`
      if (!views.every(({ live }) => live.has(serverName(id)))) return `${proxy} does not find it well`
    }
    return this.#troubles.get('registry')
  }

  /** Why the traffic is not as it was asked for, if it is not. */
  #missing(group: string | null): string | undefined {
    const [trouble] = this.#troubles.values()
    if (trouble !== undefined || group === null) return trouble
    const members = this.members.of(group).filter(({ leavingSince }) => leavingSince === undefined)
    if (members.length === 0) return `${group} has no member`
    for (const { id, ready } of members) {
      const wrong = ready === true ? this.#trouble(group, id) : 'nobody has said yet whether it is well'
      if (wrong !== undefined) return `${id}: ${wrong}`
    }
    return undefined
  }

  #readyIn(group: string): ReadonlySet<string> {
    const ready = this.members.of(group).filter(({ id }) => this.#trouble(group, id) === undefined)
    return new Set(ready.map(({ id }) => id))
  }

  /** Whoever has become live, or is so no longer, is asked about at once. */
  #tellLive(before: ReadonlyMap<string, ReadonlySet<string>>): void {
    for (const { Group } of this.#shares()) {
      const [then, now] = [before.get(Group) ?? new Set(), this.#readyIn(Group)]
      const changed = [...now].filter((id) => !then.has(id))
      for (const ID of changed) {
        this.ports.publish({ Topic: `servers/${Group}`, Type: 'live', ID, Message: `${ID} gets requests` })
      }
    }
  }
}
