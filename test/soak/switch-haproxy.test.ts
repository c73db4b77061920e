import t from 'tap'
import { switchTests } from '../load/switch-tests.js'
import { soaked } from './soak.js'

t.setTimeout(soaked(600_000, 2 * 60 * 60_000))

await switchTests(t, 'proxy-haproxy')
