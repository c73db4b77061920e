import type { Opaque, PluginConfig } from './common.js'
import type { Healing, Updating } from './group-properties.js'
import type { ProxyCheck, ProxyRoute } from './proxy.js'

/** What a user writes of a service: how a release of it is made, tested, reached and retired. Durations are Go's: `1m30s`. */
export interface DeploymentSpec {
  /** Name of the service: `shop`. Its groups are `shop-1`, `shop-2`, ... */
  Service: string
  /**
   * Values for `${name}` in `Group`, `Tests` and `Hooks`. Known by themselves: `${service}`, `${release}`, `${colour}`.
   * `$${` stands for `${`.
   */
  Parameters?: Record<string, string | number | boolean> | null
  Group: DeploymentGroup
  /** Name of the registry plugin; has to be the one that the deployment plugin keeps its records in. */
  Registry?: string | null
  /** Proxy plugins that get the routes; a switch is made on all of them or on none. */
  Proxies?: string[] | null
  Routes?: DeploymentRoute[] | null
  /** Whether instances that listen are entered in the registry's catalogue. Default true. */
  Catalogue?: boolean | null
  Strategy?: DeploymentStrategy | null
  Tests?: DeploymentTests | null
  Retire?: DeploymentRetire | null
  Deadlines?: DeploymentDeadlines | null
  /** Run at steps, in order. */
  Hooks?: DeploymentHook[] | null
  /** Who is told of starts, ends, and of what heals or cannot. */
  Notify?: DeploymentNotification[] | null
  /** Go on with plugins that cannot refuse calls of an owner of the past. Default false. */
  AllowUnfenced?: boolean | null
}

/** What a release's group is made from. */
export interface DeploymentGroup {
  /** Name of the group plugin. Default `group`. */
  Plugin?: string | null
  /** Instances of the first release; later ones keep the size that is in force, until another one is written here. */
  Size: number
  Instance: PluginConfig
  Flavor: PluginConfig
  Updating?: Updating | null
  Healing?: Healing | null
}

/** A route whose backends are the releases. */
export interface DeploymentRoute extends Omit<ProxyRoute, 'Owner' | 'Backends'> {
  /** `ContainerPort` of the endpoint that gets the requests. Default: the instance's first endpoint. */
  Port?: number | null
  /** How the proxy itself finds out whether servers are well. */
  Check?: ProxyCheck | null
}

export type StrategyType = 'blue-green' | 'canary' | 'rolling' | 'recreate'

export interface DeploymentStrategy {
  /** Default `blue-green`. */
  Type: StrategyType
  /** Of a canary: what the new release gets, `5%`, then more; a last `100%` is added. Default `10%, 50%`. */
  Steps?: string[] | null
  /** Of a canary: whether requests are shared by weight (default), or by how many instances are new. */
  By?: 'weight' | 'count' | null
  /**
   * How long the new release is watched. A canary: after each of `Steps`, default `1m`. The others: with all requests, before
   * the release is recorded, default not at all. With `Manual` only `promote` ends it.
   */
  Pause?: string | null
  /** Where it is watched, it waits for `infrakit deployment promote`. */
  Manual?: boolean | null
  /** What ends the deployment while the new release is watched. Default: the proxies' own counters. */
  Analysis?: CanaryAnalysis | null
}

/** What a release that is watched is judged by. Whatever fails ends the deployment. */
export interface CanaryAnalysis {
  /** Whether the proxies' counters are compared: errors and times of the new release with the old one's. Default true. */
  Counters?: boolean | null
  /** Share of requests that may fail, beyond what fails on the old release: 0 to 1. Default 0.01. */
  ErrorRate?: number | null
  /** How many times slower than the old release's answers the new one's may be. Default 3. */
  Slowdown?: number | null
  /** Requests that the new release must have answered before a step is over. Default 0. */
  MinRequests?: number | null
  /** How long a step waits for `MinRequests` after its pause. Default `10m`. */
  Timeout?: string | null
  /** Run every `Interval`; has to exit with 0. */
  Command?: string[] | null
  /** Asked every `Interval`; the first value has to lie within the bounds. */
  Prometheus?: { URL: string; Query: string; Min?: number | null; Max?: number | null } | null
  /** Of `Command` and `Prometheus`. Default `10s`. */
  Interval?: string | null
}

/** A test: exactly one of `Command`, `Job` and `HTTP`. */
export interface DeploymentTest {
  Name: string
  /** argv, run by the deployment plugin; has to exit with 0. */
  Command?: string[] | null
  /** Run by the instance plugin's `Job`; has to exit with 0. */
  Job?: { Properties?: Opaque; Command?: string[] | null } | null
  HTTP?: HttpExpectation | null
  /** Default `1m`. */
  Timeout?: string | null
}

/** What an answer has to be. Asked until it is so or the time is up. */
export interface HttpExpectation {
  /** Asked of every new instance (before the switch) or of every route (after it). Default `/`. */
  Path?: string | null
  /** Asked instead of instances and routes. */
  URL?: string | null
  Method?: string | null
  Headers?: Record<string, string> | null
  Body?: string | null
  /** Default 200. */
  Status?: number | null
  /** Text that has to be in the answer's body. */
  Contains?: string | null
  /** Answers in a row that have to be right. Default 1. */
  Times?: number | null
}

export interface DeploymentTests {
  /** Of the new release directly, before it gets requests. */
  Pre?: DeploymentTest[] | null
  /** Through the proxies, after the switch. */
  Post?: DeploymentTest[] | null
}

export interface DeploymentRetire {
  /** What becomes of the old release: `stop` keeps it stopped (default), `keep` keeps it running, `destroy` ends it. */
  How?: 'stop' | 'destroy' | 'keep' | null
  /** How many old releases are kept to go back to. Default 1; 0 with `destroy`. */
  Retain?: number | null
}

export interface DeploymentDeadlines {
  /** For what instances are made of to be at hand (images), before anything is changed. Default `30m`. */
  Pull?: string | null
  /** For all instances to be healthy. Default `5m`. */
  Start?: string | null
  /** For the proxies to have switched. Default `1m`. */
  Switch?: string | null
  /** For requests in flight to end; then they are cut. Default `30s`. */
  Drain?: string | null
  /** For the old release to be retired. Default `5m`. */
  Retire?: string | null
}

export type HookMoment = 'start' | 'switch' | 'record' | 'retire'

export interface DeploymentHook {
  Name: string
  /** Runs before or after this step. */
  Step: HookMoment
  When?: 'before' | 'after' | null
  /** argv; has to exit with 0. */
  Command: string[]
  /** Takes back what `Command` did; needed before the release is recorded, unless `ReadOnly`. */
  Undo?: string[] | null
  /** `Command` changes nothing that would have to be taken back. */
  ReadOnly?: boolean | null
  /** Default `1m`. */
  Timeout?: string | null
}

export type NotificationEvent = 'started' | 'succeeded' | 'failed' | 'rolled-back' | 'healed' | 'cannot-heal'

/** Somebody to tell: exactly one of `Webhook`, `Slack`, `Command`, `Mail`. */
export interface DeploymentNotification {
  /** Default: all. */
  On?: NotificationEvent[] | null
  /** Gets JSON by POST; with a secret, `X-Infrakit-Signature: sha256=HMAC` of the body. */
  Webhook?: { URL: string; SecretFile?: string | null } | null
  /** Gets Slack's JSON by POST. */
  Slack?: { URL: string } | null
  /** argv; gets the JSON on its standard input. */
  Command?: string[] | null
  Mail?: { Server: string; From: string; To: string[] } | null
}
