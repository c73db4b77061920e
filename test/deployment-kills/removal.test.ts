import t from 'tap'
import { removalKillTests } from '../deployments/kill-tests.js'

t.setTimeout(900_000)

await t.test('killed at any write of the journal, a removal: all of it or nothing', removalKillTests)
