import { skipFor } from '@infrakit/testing'
import t from 'tap'
import { rollingTests } from '../load/rolling-tests.js'
import { soaked } from './soak.js'

t.setTimeout(soaked(110_000, 60 * 60_000))

t.test('a rolling update of processes under load', { skip: skipFor(['haproxy']) }, (t) => rollingTests(t, 'process'))
