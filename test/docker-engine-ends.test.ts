import { needsDocker } from '@infrakit/testing/engine'
import t from 'tap'
import { survives } from './docker/engine-stage.js'

t.setTimeout(900_000)

// Engine 20.10 without --live-restore ends its containers when it is told to end, and one that was killed ends those that
// outlived it as it is started again; none but those with `restart: always` run afterwards. So all are
// replaced; also those with `restart: always` when the engine was told to end, for it tells of their end while it still answers.

t.test('an engine is killed', needsDocker, (t) =>
  survives(t, { happens: ({ own }) => own.end('SIGKILL'), ends: ({ own }) => own.start(), fatal: true }),
)

t.test('an engine is restarted', needsDocker, (t) =>
  survives(t, { happens: ({ own }) => own.end('SIGTERM'), ends: ({ own }) => own.start(), fatal: true }),
)
