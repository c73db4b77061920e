import type { Colour, DeploymentReport, DeploymentRoute, DeploymentSpec, ReleaseReport } from '@infrakit/spi'

/** A service as it is recorded: which release is active, and which are kept. */
export interface ServiceState {
  readonly Service: string
  /** Where its plugins run; see `Ports.site`. */
  readonly Site: string
  readonly Active: number
  /** The size that was written in the file of the active release; `Scale` of that release is what is in force. */
  readonly Size: number
  /** The active one too, newest first. */
  readonly Releases: readonly ReleaseReport[]
}

/** All that is needed to make a release again: names are filled in, and what they stood for is part of it. */
export interface ReleaseRecord {
  readonly Release: number
  readonly Spec: DeploymentSpec
  /** The name or port that only one release of this colour can hold at a time, when the specification names one by `${colour}`. */
  readonly Slot?: Colour
}

/** What the group of a release gets of the requests. */
export interface TrafficShare {
  readonly Release: number
  readonly Group: string
  readonly Colour: Colour
  /** 0 to 1000, of all requests. */
  readonly Weight: number
}

/** Where requests are to go. */
export interface Traffic {
  readonly Service: string
  readonly GroupPlugin: string
  readonly Proxies: readonly string[]
  readonly Routes: readonly DeploymentRoute[]
  readonly Catalogue: boolean
  readonly Shares: readonly TrafficShare[]
  /** For how long requests in flight may go on at an instance that leaves. */
  readonly DrainSeconds: number
}

/** What people have said to a deployment: whoever takes it over heeds it, too. */
export interface Said {
  /** No further step is to begin. */
  readonly Paused?: boolean
  /** Steps that need not be watched any longer. */
  readonly Promoted?: readonly string[]
  /** Why it is to be taken back. */
  readonly Aborted?: string
}

/** How far a deployment is. Outside of the world that it changes. */
export interface Journal {
  readonly Number: number
  /** The greatest release ever begun: numbers are not used twice. */
  readonly LastRelease: number
  readonly Site: string
  readonly Direction: 'forward' | 'back' | 'ended'
  /** The step that was begun last, or is being taken back. */
  readonly At: number
  readonly Recorded: boolean
  readonly Said: Said
  readonly Report: DeploymentReport
}
