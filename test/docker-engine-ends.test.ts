import { needsDocker } from '@infrakit/testing/engine'
import t from 'tap'
import { survives } from './docker/engine-stage.js'

t.setTimeout(300_000)

t.test('an engine is killed', needsDocker, (t) =>
  survives(t, { happens: ({ own }) => own.end('SIGKILL'), ends: ({ own }) => own.start(), fatal: true }),
)

t.test('an engine is restarted', needsDocker, (t) =>
  survives(t, { happens: ({ own }) => own.end('SIGTERM'), ends: ({ own }) => own.start(), fatal: true }),
)
