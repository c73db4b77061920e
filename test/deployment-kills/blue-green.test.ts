import t from 'tap'
import { killTests } from '../deployments/kill-tests.js'

t.setTimeout(900_000)

await t.test('killed at any write of the journal, blue-green: all of it or nothing', (t) => killTests(t, 'blue-green'))
