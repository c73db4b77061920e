import t from 'tap'
import { InfrakitError, type DeploymentPlan, type StrategyType } from '@infrakit/spi'
import type { Action } from '../src/actions.js'
import { Executor, Steering } from '../src/executor.js'
import { JournalKeeper } from '../src/journal.js'
import type { Journal } from '../src/records.js'
import { Deposed } from '../src/tenure.js'
import { FakeWorld, spec } from './fake-world.js'
import { fakePorts, fakeTenure, firstEntry, journalIn, type FakeRegistry } from './fake-ports.js'

const strategies: readonly StrategyType[] = ['blue-green', 'canary', 'rolling', 'recreate']

/** A service with one release, and the plan for its second. */
function begun(strategy: StrategyType): { world: FakeWorld; plan: DeploymentPlan } {
  const world = new FakeWorld()
  const first = world.deploy(spec(strategy))
  for (const { Do } of first.Steps) for (const action of Do as Action[]) world.perform(action)
  world.lastRelease = 1
  const changed = spec(strategy, {
    Group: { ...spec(strategy).Group, Instance: { Plugin: 'instances', Properties: { version: '2' } } },
  })
  return { world, plan: world.deploy(changed) }
}

interface Run {
  readonly outcome: 'succeeded' | 'reverted'
  readonly moments: readonly string[]
  readonly failure: string | undefined
}

/**
 * Carries a plan out, by as many processes after each other as it takes: one dies at the given moment, counted from 0.
 *
 * @param fails whether an action of a step throws
 */
async function carryOut(
  world: FakeWorld,
  plan: DeploymentPlan,
  options: { dieAt?: number; fails?: (action: Action, step: string) => boolean; steering?: Steering } = {},
): Promise<Run> {
  const moments: string[] = []
  const dying = new Error('killed')
  let dead = false
  const ports = fakePorts((name) => {
    moments.push(name)
    // Who is dead does nothing more.
    if (dead || moments.length - 1 === options.dieAt) {
      dead = true
      throw dying
    }
  })
  let entry: Journal | undefined
  for (;;) {
    const registry: FakeRegistry = ports.fake
    entry = journalIn(registry, plan.Service)
    dead = false
    if (entry?.Direction === 'ended')
      return { outcome: outcomeOf(entry), moments, failure: entry.Report.Failure?.Message }
    const tenure = fakeTenure()
    const journal = new JournalKeeper(entry ?? firstEntry(plan), plan, ports, tenure)
    const executor = new Executor({
      journal,
      tenure,
      steering: options.steering ?? new Steering(),
      clock: ports.clock,
      log: ports.log,
      output: () => undefined,
      tell: () => undefined,
      patienceMs: 0,
      ended: async () => undefined,
      async perform(action, performing) {
        const step = plan.Steps[journal.journal.At]?.Name ?? ''
        if (journal.journal.Direction === 'forward' && options.fails?.(action, step)) throw new Error('it fails')
        if (action.Type === 'record') {
          // In one transaction.
          await performing.journal.record([]).finally(() => {
            if (journalIn(registry, plan.Service)?.Recorded) world.perform(action)
          })
        } else world.perform(action)
      },
    })
    try {
      if (!entry) await journal.open()
      await executor.run()
    } catch (error) {
      if (error !== dying) throw error
    }
  }
}

function outcomeOf({ Report }: Journal): 'succeeded' | 'reverted' {
  return Report.State === 'succeeded' ? 'succeeded' : 'reverted'
}

for (const strategy of strategies) {
  t.test(`${strategy}: killed before and after each write of the journal, it ends in the new world`, async (t) => {
    const unbroken = begun(strategy)
    const { moments, outcome } = await carryOut(unbroken.world, unbroken.plan)
    t.equal(outcome, 'succeeded')
    const after = unbroken.world.snapshot()
    t.ok(moments.length > 2 * unbroken.plan.Steps.length, `${moments.length} moments`)
    for (const [dieAt, moment] of moments.entries()) {
      const { world, plan } = begun(strategy)
      t.equal((await carryOut(world, plan, { dieAt })).outcome, 'succeeded', moment)
      t.equal(world.snapshot(), after, moment)
    }
  })

  t.test(`${strategy}: whichever step fails, and killed while it is taken back, all is as before`, async (t) => {
    const steps = begun(strategy).plan.Steps.map(({ Name }) => Name)
    const recorded = steps.indexOf('record')
    for (const [at, name] of steps.entries()) {
      const unbroken = begun(strategy)
      const before = unbroken.world.snapshot()
      const fails = (_action: Action, step: string) => step === name
      const { outcome, moments } = await carryOut(unbroken.world, unbroken.plan, { fails })
      t.equal(outcome, at <= recorded ? 'reverted' : 'succeeded', name)
      if (at > recorded) continue
      t.equal(unbroken.world.snapshot(), before, name)
      for (const [dieAt, moment] of moments.entries()) {
        const { world, plan } = begun(strategy)
        await carryOut(world, plan, { fails, dieAt })
        if (world.snapshot() !== before) t.equal(world.snapshot(), before, `${name}, killed at ${moment}`)
      }
    }
  })
}

t.test('a step in the middle of which something fails is taken back too', async (t) => {
  const { world, plan } = begun('recreate')
  const before = world.snapshot()
  let actions = 0
  const { outcome } = await carryOut(world, plan, { fails: (_action, step) => step === 'stop old' && ++actions === 3 })
  t.equal(outcome, 'reverted')
  t.equal(world.snapshot(), before)
})

t.test('an abort takes back what was done, and nothing once the release is recorded', async (t) => {
  for (const [at, outcome] of [
    ['switch', 'reverted'],
    ['drain', 'succeeded'],
  ] as const) {
    const { world, plan } = begun('blue-green')
    const before = world.snapshot()
    const steering = new Steering()
    const fails = (_action: Action, step: string) => {
      if (step === at) steering.heed({ Aborted: 'by hand' })
      return false
    }
    t.equal((await carryOut(world, plan, { steering, fails })).outcome, outcome, at)
    if (outcome === 'reverted') t.equal(world.snapshot(), before)
  }
})

t.test('an abort that ends a call in the middle is what is told, not the call', async (t) => {
  const { world, plan } = begun('blue-green')
  const steering = new Steering()
  const fails = (_action: Action, step: string) => {
    if (step !== 'switch') return false
    steering.heed({ Aborted: 'by hand' })
    return true
  }
  t.match(await carryOut(world, plan, { steering, fails }), { outcome: 'reverted', failure: 'by hand' })
})

t.test('a paused deployment begins no step until it is resumed', async (t) => {
  const { world, plan } = begun('blue-green')
  const steering = new Steering()
  const begunSteps: string[] = []
  const fails = (_action: Action, step: string) => {
    begunSteps.push(step)
    if (step === 'register') steering.heed({ Paused: true })
    return false
  }
  const running = carryOut(world, plan, { steering, fails })
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.equal(begunSteps.at(-1), 'register')
  steering.heed({ Paused: false })
  t.equal((await running).outcome, 'succeeded')
})

t.test('what an owner of the past would do is not done', async (t) => {
  const { world, plan } = begun('blue-green')
  const before = world.snapshot()
  const ports = fakePorts(() => undefined)
  const tenure = fakeTenure()
  const journal = new JournalKeeper(firstEntry(plan), plan, ports, tenure)
  await journal.open()
  ports.fake.refuse = new InfrakitError('conflict', 'somebody else has the lease')
  const executor = new Executor({
    journal,
    tenure,
    steering: new Steering(),
    clock: ports.clock,
    log: ports.log,
    output: () => undefined,
    tell: () => undefined,
    patienceMs: 0,
    ended: async () => undefined,
    perform: async (action) => world.perform(action),
  })
  await t.rejects(executor.run(), Deposed)
  t.equal(world.snapshot(), before, 'neither forward nor back')
})
