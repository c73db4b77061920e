import { createEventHub, offer } from '@infrakit/rpc'
import {
  groupInterface,
  InfrakitError,
  revisionsInterface,
  type CommitGroupRequest,
  type Group,
  type GroupDescription,
  type GroupSpec,
  type Revision,
  type Revisions,
} from '@infrakit/spi'
import type { World } from './infrakit.js'

/** A group plugin that does what a test tells it to. */
export interface FakeGroup {
  readonly specs: Map<string, GroupSpec>
  readonly revisions: Map<string, Revision[]>
  /** Every call that changes something, in order. */
  readonly calls: string[]
  readonly events: ReturnType<typeof createEventHub>
  /** What a commit answers; throw to refuse it. */
  details: (request: CommitGroupRequest) => string
  describe: (id: string) => GroupDescription | Promise<GroupDescription>
  sizes: Map<string, number>
}

export const converged: GroupDescription = { Instances: [], Converged: true, Status: 'converged', Revision: 1 }

/** @param features interfaces and methods that the plugin has beside those of the original */
export async function serveGroup(
  world: World,
  features: { revisions?: boolean; events?: boolean; name?: string } = {},
) {
  const { revisions = true, events = true, name = 'group' } = features
  const fake: FakeGroup = {
    specs: new Map(),
    revisions: new Map(),
    calls: [],
    events: createEventHub(),
    details: () => 'Managing 2 instances',
    describe: () => converged,
    sizes: new Map(),
  }
  const offers = [offer(groupInterface, groupHandlers(fake))]
  if (revisions) offers.push(offer(revisionsInterface, revisionsHandlers(fake)))
  const server = await world.serve(name, offers, events ? fake.events : undefined)
  return { fake, server }
}

function known(fake: FakeGroup, id: string): GroupSpec {
  const spec = fake.specs.get(id)
  if (!spec) throw new InfrakitError('not-found', `Group '${id}' is not being watched`)
  return spec
}

function groupHandlers(fake: FakeGroup): Group {
  return {
    async commitGroup(request) {
      const { Spec, Pretend } = request
      const Details = fake.details(request)
      fake.calls.push(`${Pretend ? 'pretend' : 'commit'} ${Spec.ID}`)
      if (Pretend) return { Details }
      fake.specs.set(Spec.ID, Spec)
      const older = (fake.revisions.get(Spec.ID) ?? []).map((one) => ({ ...one, Active: false }))
      const Committed = '2030-01-01T00:00:00Z'
      const next = { Revision: older.length + 1, Committed, ConfigHash: `hash${older.length + 1}`, Active: true, Spec }
      fake.revisions.set(Spec.ID, [next, ...older])
      return { Details, Revision: next.Revision }
    },
    async freeGroup({ ID }) {
      known(fake, ID)
      fake.calls.push(`free ${ID}`)
      fake.specs.delete(ID)
    },
    async describeGroup({ ID }) {
      known(fake, ID)
      return { Description: await fake.describe(ID) }
    },
    async destroyGroup({ ID }) {
      known(fake, ID)
      fake.calls.push(`destroy ${ID}`)
    },
    inspectGroups: () => Promise.resolve({ Groups: fake.specs.size > 0 ? [...fake.specs.values()] : null }),
    async size({ ID }) {
      known(fake, ID)
      return { Size: fake.sizes.get(ID) ?? 2 }
    },
    async setSize({ ID, Size }) {
      known(fake, ID)
      fake.calls.push(`setSize ${ID} ${Size}`)
      fake.sizes.set(ID, Size)
    },
    destroyInstances: () => Promise.resolve(),
  }
}

function revisionsHandlers(fake: FakeGroup): Revisions {
  return {
    async history({ ID }) {
      known(fake, ID)
      return { Revisions: fake.revisions.get(ID) ?? [] }
    },
    async rollback({ ID, Revision, Pretend }) {
      known(fake, ID)
      const all = fake.revisions.get(ID) ?? []
      const to = Revision ?? Math.max(...all.filter((one) => !one.Active).map((one) => one.Revision))
      if (!all.some((one) => one.Revision === to)) throw new InfrakitError('not-found', `revision ${to} is not kept`)
      fake.calls.push(`${Pretend ? 'pretend' : 'rollback'} ${ID} ${to}`)
      if (!Pretend)
        fake.revisions.set(
          ID,
          all.map((one) => ({ ...one, Active: one.Revision === to })),
        )
      return { Details: 'Performing a rolling update on 2 instances', Revision: to }
    },
  }
}
