import { skipFor } from '@infrakit/testing'
import t from 'tap'
import { rollingTests } from '../load/rolling-tests.js'
import { soaked } from './soak.js'

t.setTimeout(soaked(180_000, 60 * 60_000))

const skip = skipFor(['haproxy', 'docker', 'compose', 'busybox'])
t.test('a rolling update of a Compose service under load', { skip }, (t) => rollingTests(t, 'compose'))
