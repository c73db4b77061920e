import type { Opaque } from './common.js'
import type { DeploymentSpec, StrategyType } from './deployment-spec.js'
import { defineInterface, type Call } from './interface.js'

export type Colour = 'blue' | 'green'
export type DeploymentKind = 'deploy' | 'rollback' | 'scale' | 'stop-old' | 'remove'

/** One step: what it does and what takes that back, both as data. */
export interface DeploymentStep {
  /** `start`, `healthy`, `switch`, ...; alone in its plan. */
  Name: string
  /** For a person. */
  Text: string
  /** What takes it back, for a person; absent when there is nothing to take back. */
  UndoText?: string | null
  Do: Opaque
  Undo: Opaque
}

/** What a deployment does, in order. The same request in the same world gives the same plan. */
export interface DeploymentPlan {
  Service: string
  Kind: DeploymentKind
  Strategy: StrategyType
  /** The release that will be active. */
  Release: number
  Colour: Colour
  /** The one that is. */
  From?: number | null
  Group: string
  Scale: number
  /** What a person should know before. */
  Warnings: string[]
  Steps: DeploymentStep[]
  /** Versions of the registry's keys that it was made from. */
  Basis: Record<string, number>
}

export type StepState = 'waiting' | 'running' | 'done' | 'undoing' | 'undone'

export interface StepReport {
  Name: string
  Text: string
  State: StepState
  /** RFC 3339. */
  Began?: string | null
  Ended?: string | null
}

export interface DeploymentFailure {
  Step: string
  Message: string
  /** What was probed, what came back, and what instances wrote last: lines for a person. */
  Details?: string[] | null
}

/** `running` and `reverting` go on; `paused` waits for `resume`; the others are ends. */
export type DeploymentState = 'running' | 'paused' | 'reverting' | 'succeeded' | 'reverted'

export interface DeploymentReport {
  /** `shop-12`: the twelfth deployment of the service, whichever release it brought. */
  ID: string
  Kind: DeploymentKind
  Strategy: StrategyType
  Release: number
  From?: number | null
  Colour: Colour
  Scale: number
  State: DeploymentState
  /** Who carries it out. */
  Owner: string
  Began: string
  Ended?: string | null
  Steps: StepReport[]
  /** What it is doing or waiting for at this moment. */
  Doing?: string | null
  Failure?: DeploymentFailure | null
  /** What could not be done after the release was recorded. */
  Leftovers?: string[] | null
}

export interface ReleaseReport {
  Release: number
  Colour: Colour
  Group: string
  Scale: number
  /** `replaced`: its instances have become those of a later release. */
  State: 'active' | 'running' | 'stopped' | 'replaced'
  /** When it was recorded, RFC 3339. */
  Deployed: string
  Strategy: StrategyType
}

/** What a release gets of the traffic. */
export interface TrafficReport {
  Release: number
  Group: string
  Colour: Colour
  /** 0 to 1. */
  Share: number
  /** Servers in the proxies, or addresses where there is no proxy. */
  Servers: string[]
}

export interface DeploymentDescription {
  Service: string
  /** One sentence: what serves, and what is going on. */
  Summary: string
  Releases: ReleaseReport[]
  Traffic: TrafficReport[]
  /** The one that goes on, or the last one. */
  Deployment?: DeploymentReport | null
  /** Instances by group, as the group plugin sees them. */
  Instances: { Group: string; Instance: string; Health: string; Reason?: string | null }[]
}

export interface ServiceSummary {
  Service: string
  Release?: number | null
  Colour?: Colour | null
  Scale?: number | null
  /** `idle`, or the state of the deployment that goes on. */
  State: string
}

export interface DeployRequest {
  Spec: DeploymentSpec
  /** `5`, `+2` or `-1`: instances of this release, relative to the size in force; never below 1. */
  Scale?: string | null
}

/** What a change of a service answers. */
export interface DeploymentStarted {
  ID: string
  Release: number
}

/** How long to wait for a deployment of the same service to end; 0: refuse at once. */
export interface MayWait {
  WaitSeconds?: number | null
}

interface ByService {
  Service: string
}

/**
 * Brings releases of services into the world, all or nothing: whatever fails before a release is recorded is taken back to
 * what was there before; after it, the rest is completed. One deployment of a service at a time.
 *
 * Progress is told as events on the topic `deployments/SERVICE`.
 */
export interface Deployment {
  /** What `deploy` would do. Changes nothing. Throws `input`, naming the field, and what the plugins concerned object to. */
  plan(request: DeployRequest, call?: Call): Promise<{ Plan: DeploymentPlan }>
  /**
   * Begins a deployment and answers; it goes on by itself, also when the plugin is killed and started again. With `Plan` it
   * does exactly that, and throws `conflict` when the world is not as it was when that was planned. Throws `conflict` when
   * another one goes on, saying who does what since when, and what `plan` throws.
   */
  deploy(request: DeployRequest & MayWait & { Plan?: DeploymentPlan | null }, call?: Call): Promise<DeploymentStarted>
  /** Throws `not-found` for a service that was never deployed. */
  describe(request: ByService, call?: Call): Promise<{ Description: DeploymentDescription }>
  list(request: object, call?: Call): Promise<{ Services: ServiceSummary[] }>
  /** The last deployments, newest first. */
  history(request: ByService, call?: Call): Promise<{ Deployments: DeploymentReport[] }>
  /** What a deployment did and what its tests wrote; of the last one without `ID`. */
  logs(request: ByService & { ID?: string | null }, call?: Call): Promise<{ ID: string; Lines: string[] }>
  /** Ends the pause of a canary's step. Throws `conflict` when none waits. */
  promote(request: ByService, call?: Call): Promise<void>
  /** No further step begins. Throws `conflict` when nothing goes on. */
  pause(request: ByService, call?: Call): Promise<void>
  resume(request: ByService, call?: Call): Promise<void>
  /** Takes the deployment back. Throws `conflict` when its release is recorded already, or nothing goes on. */
  abort(request: ByService & { Reason?: string | null }, call?: Call): Promise<void>
  /**
   * Makes a kept release active again, through the same steps and tests (without them with `Now`): the newest one but the
   * active one, or the one given. Throws `not-found`, naming those that are kept. With `Pretend` it only plans.
   */
  rollback(
    request: ByService & MayWait & { Release?: number | null; Now?: boolean | null; Pretend?: boolean | null },
    call?: Call,
  ): Promise<{ ID?: string | null; Plan: DeploymentPlan }>
  /** `5`, `+2` or `-1`; never below 1; remembered. */
  scale(
    request: ByService & MayWait & { Scale: string; Pretend?: boolean | null },
    call?: Call,
  ): Promise<{ ID?: string | null; Plan: DeploymentPlan }>
  /** Stops the old releases that were kept running. */
  stopOld(
    request: ByService & MayWait & { Pretend?: boolean | null },
    call?: Call,
  ): Promise<{ ID?: string | null; Plan: DeploymentPlan }>
  /**
   * Ends the service: it gets no requests any more, and what is in flight is answered; then all its groups are destroyed. Its
   * history stays, and releases to come are numbered on. With `Pretend` it only plans.
   */
  remove(
    request: ByService & MayWait & { Pretend?: boolean | null },
    call?: Call,
  ): Promise<{ ID?: string | null; Plan: DeploymentPlan }>
  /**
   * Takes over a deployment whose owner is gone, and brings it to an end. Throws `conflict`, naming the owner, while that
   * one holds its lease.
   */
  unlock(request: ByService, call?: Call): Promise<{ Owner?: string | null }>
}

const byService = { Service: '' }
const spec = {
  Service: '',
  Group: { Size: 0, Instance: { Plugin: '', Properties: null }, Flavor: { Plugin: '', Properties: null } },
}
const plan = {
  ...{ Service: '', Kind: '', Strategy: '', Release: 0, Colour: '', From: 0, Group: '', Scale: 0 },
  ...{ Warnings: [], Steps: [], Basis: {} },
}
const planned = { ID: '', Plan: plan }

export const deploymentInterface = defineInterface<Deployment>({
  name: 'Deployment',
  version: '0.1.0',
  methods: {
    Plan: { mutates: false, example: { request: { Spec: spec, Scale: null }, response: { Plan: plan } } },
    Deploy: {
      mutates: true,
      example: {
        request: { Spec: spec, Scale: null, WaitSeconds: 0, Plan: null },
        response: { ID: '', Release: 0 },
      },
    },
    Describe: {
      mutates: false,
      example: {
        request: byService,
        response: {
          Description: { Service: '', Summary: '', Releases: [], Traffic: [], Deployment: null, Instances: [] },
        },
      },
    },
    List: { mutates: false, example: { request: {}, response: { Services: [] } } },
    History: { mutates: false, example: { request: byService, response: { Deployments: [] } } },
    Logs: { mutates: false, example: { request: { ...byService, ID: null }, response: { ID: '', Lines: [] } } },
    Promote: { mutates: true, ok: true, example: { request: byService, response: { OK: false } } },
    Pause: { mutates: true, ok: true, example: { request: byService, response: { OK: false } } },
    Resume: { mutates: true, ok: true, example: { request: byService, response: { OK: false } } },
    Abort: { mutates: true, ok: true, example: { request: { ...byService, Reason: null }, response: { OK: false } } },
    Rollback: {
      mutates: true,
      example: {
        request: { ...byService, WaitSeconds: 0, Release: null, Now: false, Pretend: false },
        response: planned,
      },
    },
    Scale: {
      mutates: true,
      example: { request: { ...byService, WaitSeconds: 0, Scale: '', Pretend: false }, response: planned },
    },
    StopOld: {
      mutates: true,
      example: { request: { ...byService, WaitSeconds: 0, Pretend: false }, response: planned },
    },
    Remove: {
      mutates: true,
      example: { request: { ...byService, WaitSeconds: 0, Pretend: false }, response: planned },
    },
    Unlock: { mutates: true, example: { request: byService, response: { Owner: null } } },
  },
})
