import t from 'tap'
import { deploymentLoadTests } from '../deployments/load-tests.js'
import { soaked } from './soak.js'

t.setTimeout(soaked(600_000, 2 * 60 * 60_000))

await deploymentLoadTests(t, 'proxy-haproxy', 'process')
