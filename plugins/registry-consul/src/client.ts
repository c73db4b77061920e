/** What is asked of an agent of Consul, whoever speaks to it. */
import type { ConsulEntry, ConsulService } from './answers.js'

/** How an agent is reached, and what is the same in every call. */
export interface ConsulOptions {
  /** `http://127.0.0.1:8500`. */
  readonly address: string
  readonly token?: string | undefined
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined
  readonly datacenter?: string | undefined
  /** Of Consul Enterprise. */
  readonly namespace?: string | undefined
  /** How long an answer may take (ms); what waits for a change has so much more. */
  readonly timeoutMs: number
}

/** What is read, and the index from which a change can be waited for. */
export interface Read<T> {
  readonly found: T
  readonly index: number
}

/** Reads wait for something newer than `index`, for `waitMs` at most; without it they see all that was ever answered. */
export interface Wait {
  readonly index: number
  readonly waitMs: number
}

export interface ReadOptions {
  readonly wait?: Wait | undefined
  /** Aborted: the call is given up. */
  readonly signal?: AbortSignal | undefined
}

export type KeyOperation = Readonly<Record<string, string | number>>

export interface ConsulClient {
  readonly address: string
  /** A key, or all that begin with it, in order. */
  entries(key: string, options?: ReadOptions & { recurse?: boolean }): Promise<Read<ConsulEntry[]>>
  /** All of the operations or none; `refused` are the places of those that did not hold. */
  transact(
    operations: readonly KeyOperation[],
  ): Promise<{ readonly written: ReadonlyMap<string, number> } | { readonly refused: readonly number[] }>
  /** A session that nothing ends but its term, and whose locks are free at once then. */
  createSession(name: string, ttlSeconds: number): Promise<string>
  /** `false`: there is no such session any more. */
  renewSession(id: string): Promise<boolean>
  destroySession(id: string): Promise<void>
  /** Enters a service at this agent, in place of what has its ID there. */
  register(service: object): Promise<void>
  deregister(id: string): Promise<void>
  pass(checkId: string): Promise<void>
  /** Takes what a node that is gone has left out of the catalogue. */
  deregisterNode(node: string, id: string): Promise<void>
  serviceNames(options?: ReadOptions): Promise<Read<string[]>>
  places(service: string, options?: ReadOptions): Promise<Read<ConsulService[]>>
  /** Only for its index, which any change of a check moves. */
  checks(options?: ReadOptions): Promise<Read<undefined>>
  nodeName(): Promise<string>
  close(): void
}
