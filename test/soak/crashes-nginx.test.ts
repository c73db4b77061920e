import t from 'tap'
import { crashTests } from '../load/crash-tests.js'
import { soaked } from './soak.js'

t.setTimeout(soaked(600_000, 2 * 60 * 60_000))

await crashTests(t, 'proxy-nginx')
