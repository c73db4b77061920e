import t from 'tap'
import { failingStepsTest } from '../deployments/failing-steps.js'

t.setTimeout(900_000)

await t.test('a failure at every step, recreate: all of it or nothing', (t) => failingStepsTest(t, 'recreate'))
