import type { DeploymentPlan, DeploymentSpec, GroupProperties, GroupSpec, StrategyType } from '@infrakit/spi'
import type { Action } from '../src/actions.js'
import { candidateOf } from '../src/candidate.js'
import type { Facts } from '../src/facts.js'
import { planRelease, planRemoval, planRollback, planScale, planStopOld } from '../src/plan.js'
import type { ReleaseRecord, ServiceState, Traffic } from '../src/records.js'

interface FakeGroup {
  readonly size: number
  readonly stopped: boolean
  /** Which content its members have. */
  readonly content: string
}

/** A world of groups, routes and records in memory, in which every action does at once what it is for. */
export class FakeWorld {
  readonly groups = new Map<string, FakeGroup>()
  traffic: Traffic | undefined
  state: ServiceState | undefined
  readonly records = new Map<number, ReleaseRecord>()
  lastRelease = 0
  /** Instances that got requests, at least, since it was last asked. */
  leastServing = Infinity

  perform(action: Action): void {
    switch (action.Type) {
      case 'commit':
        this.groups.set(action.Spec.ID, groupOf(action.Spec))
        break
      case 'dissolve': {
        const there = this.groups.get(action.Spec.ID)
        if (there && there.stopped !== groupOf(action.Spec).stopped)
          throw new Error(`${action.Spec.ID} would be started`)
        this.groups.delete(action.Spec.ID)
        break
      }
      case 'converge': {
        const group = this.groups.get(action.Group)
        if (!group) throw new Error(`${action.Group} is not there`)
        if (group.size !== action.Size) throw new Error(`${action.Group} has ${group.size}, not ${action.Size}`)
        break
      }
      case 'route': {
        const missing = action.Verify !== null && this.groups.get(action.Verify)?.stopped !== false
        if (missing) throw new Error(`${action.Verify} does not run`)
        this.traffic = action.Traffic ?? undefined
        break
      }
      case 'record':
        this.state = action.State ?? undefined
        if (action.Put) this.records.set(action.Put.Release, action.Put)
        for (const release of action.Delete) this.records.delete(release)
        break
      default:
    }
    this.leastServing = Math.min(this.leastServing, this.serving())
  }

  /** Instances that get requests. */
  serving(): number {
    const shares = this.traffic?.Shares.filter(({ Weight }) => Weight > 0) ?? []
    return shares.reduce((sum, { Group }) => {
      const group = this.groups.get(Group)
      return sum + (group && !group.stopped ? group.size : 0)
    }, 0)
  }

  facts(): Facts {
    return {
      service: 'shop',
      site: 'here',
      hook: 'deployment',
      ...(this.state ? { state: this.state } : {}),
      ...(this.traffic ? { traffic: this.traffic } : {}),
      records: new Map(this.records),
      lastRelease: this.lastRelease,
      stoppable: new Set(['instances']),
      pulling: new Set(['instances']),
      basis: {},
      warnings: [],
    }
  }

  deploy(spec: DeploymentSpec, scale?: string): DeploymentPlan {
    const facts = this.facts()
    return planRelease(facts, candidateOf(facts, spec, scale))
  }

  rollback(release?: number): DeploymentPlan {
    return planRollback(this.facts(), release, false)
  }

  scale(text: string): DeploymentPlan {
    return planScale(this.facts(), text)
  }

  stopOld(): DeploymentPlan {
    return planStopOld(this.facts())
  }

  remove(): DeploymentPlan {
    return planRemoval(this.facts())
  }

  /** All that a deployment may change, as text. */
  snapshot(): string {
    const { traffic, state } = this
    return JSON.stringify({
      groups: [...this.groups].sort(),
      traffic: traffic ?? null,
      state: state ?? null,
      records: [...this.records.keys()].sort(),
    })
  }

  copy(): FakeWorld {
    const copy = new FakeWorld()
    for (const [id, group] of this.groups) copy.groups.set(id, group)
    for (const [release, record] of this.records) copy.records.set(release, record)
    copy.traffic = this.traffic
    copy.state = this.state
    copy.lastRelease = this.lastRelease
    return copy
  }
}

function groupOf({ Properties }: GroupSpec): FakeGroup {
  const { Allocation, Instance, Flavor } = Properties as GroupProperties
  return {
    size: Allocation.Size ?? 0,
    stopped: Allocation.State === 'stopped',
    content: JSON.stringify([Instance, Flavor]),
  }
}

export function spec(type: StrategyType, more: Partial<DeploymentSpec> = {}): DeploymentSpec {
  const canary = type === 'canary' ? { Steps: ['20%', '50%'], Pause: '0s' } : {}
  return {
    Service: 'shop',
    Group: {
      Size: 3,
      Instance: { Plugin: 'instances', Properties: { version: '1' } },
      Flavor: { Plugin: 'vanilla' },
    },
    Proxies: ['proxy'],
    Routes: [{ Name: 'shop', Listen: ':80' }],
    Strategy: { Type: type, ...canary },
    ...more,
  }
}
