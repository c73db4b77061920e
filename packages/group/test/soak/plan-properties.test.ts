import t from 'tap'
import { mutants } from '../planning/mutants.js'
import { mutate } from '../planning/mutate.js'
import { properties, search } from '../planning/properties.js'

const long = process.env['INFRAKIT_SOAK'] === '1'
const seed = Date.now() % 2 ** 31

for (const property of properties) {
  t.test(`${property.name}, looked for long`, async (t) => {
    const runs = long ? 25_000 : 50
    const found = search(property, { runs, seed })
    t.equal(
      found?.rule,
      undefined,
      found ? `seed ${found.seed}; to be kept in cases.ts: ${found.situation}` : 'none found',
    )
    t.comment(`${runs} runs, seed ${seed}`)
  })
}

/** Without the situations that are kept: whether the search would find them again. */
t.test(
  'control: every broken planner is found by the search alone',
  { skip: !long && 'only in npm run soak' },
  async (t) => {
    const [property] = properties
    for (const mutant of mutants) {
      const planner = await mutate(t, mutant)
      t.ok(property && search(property, { runs: 25_000, seed, planner }), `a planner that ${mutant.name}`)
    }
  },
)
