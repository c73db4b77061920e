/**
 * How an interface of the contract is declared: one method table from which the server's dispatch, the client's typed
 * stub, `/info/api.json`, the JSON Schemas in the docs and the conformance suite are derived.
 *
 * A handler for the wire method `DescribeInstances` is called `describeInstances`; it takes the request object (field
 * names as on the wire) and returns the result object. What every answer repeats (`Type`, `Name`, `ID`, `OK`) is added
 * by the server and never written by a handler.
 */

/** What accompanies a call. A server sets `signal`; a client may set both. */
export interface Call {
  /** Aborted when nobody waits for the answer any more. Reads should stop; a change once begun runs to its end. */
  readonly signal?: AbortSignal
  /** Milliseconds a client waits before it gives up with `timeout`. */
  readonly timeout?: number
}

/** A mutating request may say on whose behalf it comes; a fenced plugin refuses an epoch older than it has seen. */
export interface Fenced {
  Fence?: FenceToken | null
}

export interface FenceToken {
  Scope: string
  /** Grows with each change of owner. */
  Epoch: number
}

export interface MethodDefinition {
  /** Whether the method changes the world: such calls are fenced, never repeated blindly, and finished at shutdown. */
  readonly mutates: boolean
  /** Whether the answer carries `OK: true` (and the handler returns nothing). */
  readonly ok?: boolean
  /** Request fields that the answer repeats, beside the interface's `address`. */
  readonly echo?: readonly string[]
  /** A request and a result with every field at its zero value, as `/info/api.json` shows them. */
  readonly example: { readonly request: object; readonly response: object }
}

/** Wire names of the methods whose handlers are `H`; any name when `H` is not known. */
type MethodName<H> = unknown extends H ? string : Capitalize<Extract<keyof H, string>>

export interface InterfaceDefinition<H = unknown> {
  /** As on the wire, e.g. `Instance`. */
  readonly name: string
  /** The version that this project implements, e.g. `0.5.0`. */
  readonly version: string
  /** Request field that names the object behind the socket (the part after `/` of `swarm/manager`). */
  readonly address?: 'Type' | 'Name'
  readonly methods: Readonly<Record<MethodName<H>, MethodDefinition>>
}

/** Declares the method table of an interface whose handlers are `H`; a missing or extra method does not compile. */
export function defineInterface<H>(definition: InterfaceDefinition<H>): InterfaceDefinition<H> {
  return definition
}

/** The handler's name of a wire method: `DescribeInstances` → `describeInstances`. */
export function handlerName(wireMethod: string): string {
  return wireMethod.charAt(0).toLowerCase() + wireMethod.slice(1)
}

/** `Instance/0.5.0`. */
export function interfaceId(definition: InterfaceDefinition): string {
  return `${definition.name}/${definition.version}`
}
