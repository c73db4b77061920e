import type { CanaryAnalysis, Colour, DeploymentTest, GroupSpec, PluginConfig } from '@infrakit/spi'
import type { ReleaseRecord, ServiceState, Traffic } from './records.js'

/** What a test or a hook is told of the release it is about. */
export interface About {
  readonly Service: string
  readonly Release: number
  readonly Colour: Colour
  readonly Group: string
  readonly GroupPlugin: string
  readonly InstancePlugin: string
}

/** One thing to do. Doing it again does no harm: whoever takes over a deployment begins the step anew. */
export type Action =
  /** Has at hand what instances are made of. Changes nothing of the world. */
  | { readonly Type: 'pull'; readonly Instance: PluginConfig; readonly Seconds: number }
  /** Hands the group plugin a specification. */
  | { readonly Type: 'commit'; readonly Plugin: string; readonly Spec: GroupSpec }
  /** Waits until the group is as it was asked for. */
  | {
      readonly Type: 'converge'
      readonly Plugin: string
      readonly Group: string
      readonly Size: number
      readonly Seconds: number
    }
  /** Destroys a group, if it is there, without draining its members, and waits until nothing is left. */
  | { readonly Type: 'dissolve'; readonly Plugin: string; readonly Spec: GroupSpec; readonly Seconds: number }
  /**
   * Writes down where requests go and makes it so on every proxy and in the catalogue. `Verify`: the group all of whose
   * members have to be live. `null`: the service has no routes and no entries any more.
   */
  | {
      readonly Type: 'route'
      readonly Traffic: Traffic | null
      readonly Verify: string | null
      /** Proxies on which the service has no other routes afterwards. */
      readonly Clear: readonly string[]
      readonly Seconds: number
    }
  /** Waits until the group's members have nothing in flight; then cuts. */
  | { readonly Type: 'drain'; readonly Traffic: Traffic; readonly Group: string }
  | { readonly Type: 'test'; readonly When: 'pre' | 'post'; readonly Test: DeploymentTest; readonly About: About }
  | {
      readonly Type: 'hook'
      readonly Name: string
      readonly Command: readonly string[]
      readonly Seconds: number
      readonly About: About
    }
  /** Lets a release have its share for a while, and looks after it. */
  | {
      readonly Type: 'watch'
      readonly About: About
      readonly Old: string
      readonly Proxies: readonly string[]
      readonly Routes: readonly string[]
      readonly Seconds: number
      readonly Manual: boolean
      readonly Analysis: CanaryAnalysis
    }
  /**
   * From here on the new release is the service; `State: null`: there is no service any more. Written in one transaction
   * with the journal.
   */
  | {
      readonly Type: 'record'
      readonly State: ServiceState | null
      readonly Put: ReleaseRecord | null
      readonly Delete: readonly number[]
    }

export interface Step {
  readonly Name: string
  readonly Text: string
  readonly UndoText?: string
  readonly Do: readonly Action[]
  readonly Undo: readonly Action[]
}
