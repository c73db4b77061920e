import t from 'tap'
import { cases } from './planning/cases.js'
import { mutants } from './planning/mutants.js'
import { mutate } from './planning/mutate.js'
import { properties, search, verdict } from './planning/properties.js'

/** What was once found, or shows what a broken planner does; before anything that has to be found first. */
t.test('situations that were found before', async (t) => {
  for (const [name, kept] of Object.entries(cases)) t.equal(verdict(kept), undefined, name)
})

for (const property of properties) {
  t.test(property.name, async (t) => {
    const found = search(property, { runs: 250 })
    t.equal(
      found?.rule,
      undefined,
      found ? `seed ${found.seed}; to be kept in cases.ts: ${found.situation}` : 'none found',
    )
  })
}

t.test('control: a planner that ...', async (t) => {
  for (const mutant of mutants) {
    const planner = await mutate(t, mutant)
    const kept = cases[mutant.name]
    t.ok(kept && verdict(kept, planner), `${mutant.name} is caught`)
  }
})

t.test('control: each property finds a broken planner by itself', async (t) => {
  const culprits = ['surges one too many', 'takes one more than allowed', 'takes good ones for what only comes']
  for (const [i, property] of properties.entries()) {
    const mutant = mutants.find(({ name }) => name === culprits[i])
    const planner = mutant && (await mutate(t, mutant))
    t.ok(
      planner && search(property, { runs: 250, seed: 1, planner }),
      `${property.name}: a planner that ${culprits[i]}`,
    )
  }
})

t.test('control: a mutant that is not one any more is refused', async (t) => {
  const stale = { name: 'is stale', find: 'nothing of the kind', replace: '' }
  await t.rejects(mutate(t, stale), /stands 0 times/)
  await t.rejects(mutate(t, { ...stale, find: 'const' }), /not once/)
})
