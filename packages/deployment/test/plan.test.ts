import fc from 'fast-check'
import t from 'tap'
import { InfrakitError, type DeploymentPlan, type DeploymentSpec, type StrategyType } from '@infrakit/spi'
import type { Action } from '../src/actions.js'
import { rejectionOf } from './rejection-of.js'
import { FakeWorld, spec } from './fake-world.js'

const strategies: readonly StrategyType[] = ['blue-green', 'canary', 'rolling', 'recreate']

/** What a service's owner may ask for. */
type Wish =
  | {
      readonly kind: 'deploy'
      readonly strategy: StrategyType
      readonly more: Partial<DeploymentSpec>
      readonly scale: string | undefined
    }
  | { readonly kind: 'rollback' }
  | { readonly kind: 'scale'; readonly text: string }
  | { readonly kind: 'stop-old' | 'remove' }

const scaleText = fc.constantFrom('1', '2', '5', '+2', '-1', '-9')
const how = fc.constantFrom('stop', 'destroy', 'keep') as fc.Arbitrary<'stop' | 'destroy' | 'keep'>
const wish: fc.Arbitrary<Wish> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('deploy' as const),
      strategy: fc.constantFrom(...strategies),
      scale: fc.option(scaleText, { nil: undefined }),
      more: fc.record({
        Retire: fc.record({ How: how, Retain: fc.integer({ min: 0, max: 3 }) }),
        Group: fc.record({
          Size: fc.integer({ min: 1, max: 4 }),
          Instance: fc.record({
            Plugin: fc.constantFrom('instances', 'unstoppable'),
            Properties: fc.constantFrom({ name: 'app' }, { name: 'app-${colour}' }, { name: 'app-${release}' }),
          }),
          Flavor: fc.constant({ Plugin: 'vanilla' }),
        }),
      }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'rollback' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('scale' as const), text: scaleText }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'stop-old' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'remove' as const }) },
)

/** The plan for a wish, or nothing where it makes no sense. */
function planFor(world: FakeWorld, one: Wish): DeploymentPlan | undefined {
  try {
    if (one.kind === 'deploy') return world.deploy(spec(one.strategy, one.more), one.scale)
    if (one.kind === 'rollback') return world.rollback()
    if (one.kind === 'scale') return world.scale(one.text)
    return one.kind === 'stop-old' ? world.stopOld() : world.remove()
  } catch (error) {
    if (error instanceof InfrakitError && ['not-found', 'conflict'].includes(error.kind)) return undefined
    throw error
  }
}

const actions = (list: unknown) => list as readonly Action[]
const recordAt = ({ Steps }: DeploymentPlan) => Steps.findIndex(({ Name }) => Name === 'record')

/** Does the first `count` steps. */
function advance(world: FakeWorld, { Steps }: DeploymentPlan, count: number): void {
  for (const { Do } of Steps.slice(0, count)) for (const action of actions(Do)) world.perform(action)
}

function takeBack(world: FakeWorld, { Steps }: DeploymentPlan, count: number): void {
  for (const { Undo } of Steps.slice(0, count).reverse()) for (const action of actions(Undo)) world.perform(action)
}

t.test(
  'whatever a service has gone through: undo ends where it began, at every step and in the middle of each',
  async (t) => {
    let plans = 0
    fc.assert(
      fc.property(fc.array(wish, { minLength: 1, maxLength: 7 }), (wishes) => {
        const world = new FakeWorld()
        for (const one of wishes) {
          const plan = planFor(world, one)
          if (!plan) continue
          plans++
          const before = world.snapshot()
          const recorded = recordAt(plan)
          for (let count = 0; count <= recorded; count++) {
            const halfway = actions(plan.Steps[count]?.Do ?? []).length
            for (let done = 0; done <= (count < recorded ? halfway : 0); done++) {
              const copy = world.copy()
              advance(copy, plan, count)
              for (const action of actions(plan.Steps[count]?.Do ?? []).slice(0, done)) copy.perform(action)
              takeBack(copy, plan, done > 0 ? count + 1 : count)
              if (copy.snapshot() !== before) {
                throw new Error(
                  `undo of ${count} steps and ${done} actions of ${plan.Kind}, ${plan.Strategy}:\n${before}\n${copy.snapshot()}`,
                )
              }
            }
          }
          world.lastRelease = Math.max(world.lastRelease, plan.Release)
          advance(world, plan, plan.Steps.length)
        }
      }),
      { numRuns: 400 },
    )
    t.ok(plans > 400, `${plans} plans`)
  },
)

t.test('planning twice gives the same plan, and planning changes nothing', async (t) => {
  fc.assert(
    fc.property(fc.array(wish, { minLength: 1, maxLength: 5 }), (wishes) => {
      const world = new FakeWorld()
      for (const one of wishes) {
        const before = world.snapshot()
        const plan = planFor(world, one)
        if (JSON.stringify(plan) !== JSON.stringify(planFor(world, one))) throw new Error('another plan')
        if (world.snapshot() !== before) throw new Error('the world has changed')
        if (!plan) continue
        world.lastRelease = Math.max(world.lastRelease, plan.Release)
        advance(world, plan, plan.Steps.length)
      }
    }),
  )
  t.pass()
})

t.test('before the record no fewer instances get requests than before, but where nothing can run twice', async (t) => {
  let recreated = 0
  fc.assert(
    fc.property(fc.array(wish, { minLength: 2, maxLength: 6 }), (wishes) => {
      const world = new FakeWorld()
      for (const one of wishes) {
        const plan = planFor(world, one)
        if (!plan) continue
        const copy = world.copy()
        const old = copy.serving()
        copy.leastServing = Infinity
        advance(copy, plan, recordAt(plan))
        // Who asks for fewer gets fewer.
        const wanted = Math.min(old, plan.Scale)
        const mayStop = plan.Steps.some(({ Name }) => Name === 'stop old')
        if (copy.leastServing < wanted && !mayStop) {
          throw new Error(`${copy.leastServing} of ${old} in ${plan.Kind}, ${plan.Strategy}`)
        }
        if (mayStop && copy.leastServing === 0) recreated++
        world.lastRelease = Math.max(world.lastRelease, plan.Release)
        advance(world, plan, plan.Steps.length)
      }
    }),
    { numRuns: 300 },
  )
  t.ok(recreated > 0, 'control: a recreated service is seen to be away')
})

t.test(
  'a release is active with all requests, what is kept can be gone back to, and nothing else is left',
  async (t) => {
    let removals = 0
    fc.assert(
      fc.property(fc.array(wish, { minLength: 1, maxLength: 8 }), (wishes) => {
        const world = new FakeWorld()
        for (const one of wishes) {
          const plan = planFor(world, one)
          if (!plan) continue
          world.lastRelease = Math.max(world.lastRelease, plan.Release)
          advance(world, plan, plan.Steps.length)
          if (plan.Kind === 'remove') {
            if (world.snapshot() !== new FakeWorld().snapshot()) throw new Error(`left over: ${world.snapshot()}`)
            removals++
            continue
          }
          const { state, traffic, groups } = world
          const active = state?.Releases.find(({ Release }) => Release === state.Active)
          if (!active || groups.get(active.Group)?.size !== active.Scale)
            throw new Error('the active release is not there')
          const shares = traffic?.Shares.map(({ Group, Weight }) => `${Group} ${Weight}`).join()
          if (shares !== `${active.Group} 1000`) throw new Error(`requests go to ${shares}`)
          const kept = new Set(state?.Releases.filter(({ State }) => State !== 'replaced').map(({ Group }) => Group))
          const left = [...groups.keys()].filter((group) => !kept.has(group))
          if (left.length > 0) throw new Error(`${left.join()} is left over`)
          for (const { Release, State, Group } of state?.Releases ?? []) {
            if (!world.records.has(Release)) throw new Error(`release ${Release} is kept without its specification`)
            if (State === 'stopped' && !groups.get(Group)?.stopped) throw new Error(`${Group} is not stopped`)
            if (State === 'running' && groups.get(Group)?.stopped !== false) throw new Error(`${Group} does not run`)
          }
          if (world.records.size !== state?.Releases.length) throw new Error('a specification of nothing is kept')
        }
      }),
      { numRuns: 400 },
    )
    t.ok(removals > 0, `${removals} removals`)
  },
)

t.test('steps come in the order that drops nothing', async (t) => {
  const world = new FakeWorld()
  const names = (plan: DeploymentPlan) => plan.Steps.map(({ Name }) => Name)
  const first = world.deploy(spec('blue-green'))
  t.same(names(first), ['pull', 'start', 'register', 'healthy', 'switch', 'record'])
  advance(world, first, first.Steps.length)
  world.lastRelease = 1
  const Tests = {
    Pre: [{ Name: 'a', HTTP: {} }],
    Post: [{ Name: 'b', Command: ['true'] }],
  }
  t.same(names(world.deploy(spec('canary', { Tests }))), [
    ...['pull', 'start', 'register', 'healthy', 'pre-test a', 'canary 20%', 'watch 20%', 'canary 50%', 'watch 50%'],
    ...['switch', 'post-test b', 'record', 'drain', 'retire'],
  ])
  t.same(names(world.deploy(spec('rolling'))), ['pull', 'update', 'switch', 'record', 'settle'])
  t.same(names(world.deploy(spec('recreate'))), [
    ...['pull', 'stop old', 'start', 'healthy', 'switch', 'record', 'drain', 'retire'],
  ])
  advance(world, world.deploy(spec('blue-green', { Parameters: { is: 'another' } })), 99)
  t.notOk(names(world.rollback()).includes('pull'), 'what is kept is there')
})

t.test('what could not be taken back is refused when it is planned', async (t) => {
  const world = new FakeWorld()
  const hook = { Name: 'migrate', Step: 'switch' as const, Command: ['migrate'] }
  const refused = rejectionOf(() => world.deploy(spec('blue-green', { Hooks: [hook] })))
  t.match(refused, { kind: 'input', message: /'migrate' could not be taken back/, hint: /ReadOnly/ })
  for (const one of [
    { ...hook, Undo: ['back'] },
    { ...hook, ReadOnly: true },
    { ...hook, Step: 'retire' as const },
  ]) {
    t.ok(world.deploy(spec('blue-green', { Hooks: [one] })).Steps.some(({ Name }) => Name === 'hook migrate'))
  }
  advance(world, world.deploy(spec('rolling')), 99)
  world.lastRelease = 1
  const Tests = { Pre: [{ Name: 'a', HTTP: {} }] }
  t.match(
    rejectionOf(() => world.deploy(spec('rolling', { Tests }))),
    { kind: 'input', path: 'Tests.Pre' },
  )
  const twice = {
    Post: [
      { Name: 'a', HTTP: {} },
      { Name: 'a', HTTP: {} },
    ],
  }
  t.match(
    rejectionOf(() => world.deploy(spec('rolling', { Tests: twice }))),
    { kind: 'input', message: /twice/ },
  )
})

t.test('a slot costs a release to go back to, and the plan says so', async (t) => {
  const world = new FakeWorld()
  const slotted = spec('blue-green', {
    Group: { ...spec('blue-green').Group, Instance: { Plugin: 'instances', Properties: { name: 'app-${colour}' } } },
    Retire: { Retain: 2 },
  })
  for (let release = 1; release <= 2; release++) {
    advance(world, world.deploy(slotted), 99)
    world.lastRelease = release
  }
  const plan = world.deploy(slotted)
  t.same(
    plan.Steps.slice(0, 2).map(({ Name }) => Name),
    ['pull', 'vacate shop-1'],
  )
  t.match(plan.Warnings, [/release 1 cannot be gone back to/])
  advance(world, plan, 99)
  t.same(
    world.state?.Releases.map(({ Release }) => Release),
    [3, 2],
  )
})
