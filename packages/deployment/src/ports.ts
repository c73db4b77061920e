import type {
  DeploymentNotification,
  Event,
  Fence,
  Flavor,
  Group,
  Instance,
  Job,
  Lifecycle,
  Logs,
  NotificationEvent,
  Opaque,
  Prepare,
  Proxy,
  Registry,
  Resolve,
} from '@infrakit/spi'

/** What the engine is handed: everything that is not deciding. Finding a plugin throws what `Plugins.get` throws. */
export interface Ports {
  /** The one registry in which all is recorded, and its name. */
  registry(): Promise<{ readonly name: string; readonly registry: Registry }>
  group(name: string): Promise<GroupPort>
  proxy(name: string): Promise<{ readonly proxy: Proxy; readonly fence?: Fence | undefined }>
  instance(name: string): Promise<InstancePort>
  flavor(name: string): Promise<FlavorPort>
  /** Asks over HTTP; an answer of any status is one. Throws when there is none. */
  ask(request: HttpRequest): Promise<HttpAnswer>
  /** Runs a command and waits. Throws `timeout`, and `input` when there is no such program. */
  run(command: readonly string[], options: RunOptions): Promise<{ readonly code: number; readonly output: string }>
  /** Tells somebody outside; tries again by itself, and never throws. */
  notify(to: readonly DeploymentNotification[], what: Told): void
  publish(event: Pick<Event, 'Topic' | 'Type' | 'ID' | 'Message' | 'Data'>): void
  readonly log: Log
  readonly clock: Clock
  readonly json: { parse(text: string): unknown; stringify(value: unknown): string }
  /** Passes a moment at which a test may want the process to die. */
  readonly failpoint: (name: string) => void
  /** The name of this plugin: the flavor of the groups that it makes. */
  readonly plugin: string
  /** The machine and folder of the plugins that it uses: deployments of other sites are left alone. */
  readonly site: string
  /** How long a lease is good (seconds). */
  readonly leaseSeconds: number
}

export interface GroupPort {
  readonly group: Group
  readonly fence?: Fence | undefined
  /**
   * Calls `hint` whenever something may have changed in a group, or, with an empty ID, in any, until aborted. `news` says
   * what is told of it.
   */
  readonly watch?: ((hint: (id: string, news?: GroupNews) => void, signal: AbortSignal) => void) | undefined
  /** Where it is served; when it is another, it has to be watched anew. */
  readonly at: unknown
}

export interface FlavorPort {
  readonly flavor: Flavor
  readonly resolve?: Resolve | undefined
  /** Calls `hint` with the ID of each instance whose health may be another, or with an empty one: any may be. */
  readonly watch?: ((hint: (id: string) => void, signal: AbortSignal) => void) | undefined
  /** Where it is served; when it is another, it has to be watched anew. */
  readonly at: unknown
}

/** What a group plugin tells of a group, in its own words. */
export interface GroupNews {
  /** `provision`, `failure`, `converged`, ... */
  readonly type: string
  readonly message: string
}

export interface InstancePort {
  readonly instance: Instance
  readonly lifecycle?: Lifecycle | undefined
  readonly resolve?: Resolve | undefined
  readonly prepare?: Prepare | undefined
  readonly job?: Job | undefined
  readonly logs?: Logs | undefined
}

export interface HttpRequest {
  readonly url: string
  /** Where to connect to, instead of where the URL says. */
  readonly connectTo?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export interface HttpAnswer {
  readonly status: number
  /** The first 64 KiB. */
  readonly body: string
}

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export interface Told {
  readonly event: NotificationEvent
  readonly service: string
  readonly message: string
  readonly details: Readonly<Record<string, Opaque>>
}

export interface Clock {
  /** Monotonic milliseconds. */
  now(): number
  /** Wall-clock time, for people only. */
  date(): Date
  /** Resolves after that time, or at once when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}
