import { skipFor } from '@infrakit/testing'
import t from 'tap'
import { rollingTests } from '../load/rolling-tests.js'
import { soaked } from './soak.js'

t.setTimeout(soaked(110_000, 60 * 60_000))

const skip = skipFor(['haproxy', 'docker', 'busybox'])
t.test('a rolling update of containers under load', { skip }, (t) => rollingTests(t, 'container'))
