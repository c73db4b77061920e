import { needsDocker } from '@infrakit/testing/engine'
import t from 'tap'
import { createStage, group, paused, says, size, survives, wrongWith } from './docker/engine-stage.js'

t.setTimeout(900_000)

t.test('an engine is paused', needsDocker, (t) =>
  survives(t, { happens: paused, ends: async ({ own }) => own.goOn(), fatal: false }),
)

t.test('containers that outlive a killed engine are the same ones afterwards', needsDocker, async (t) => {
  const stage = await createStage(t, ['--live-restore'])
  const { own, commit, ids, world, chronicle } = stage
  await commit(1)
  await world.converged(group, 1)
  const before = await ids()
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    await own.end(signal)
    await says(stage, /cannot list containers: the Docker engine at .* cannot be used/)
    await own.start()
    t.same(await wrongWith(stage, 0, 1), [])
    t.same(await ids(), before, `${signal}: the same ones`)
    t.equal(chronicle.ids.size, size, 'nothing was ever made in their place')
  }
})
