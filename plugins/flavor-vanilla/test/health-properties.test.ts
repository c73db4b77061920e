import { kindOf, type InfrakitError } from '@infrakit/spi'
import t from 'tap'
import { readProperties } from '../src/properties.js'

function refusal(value: unknown): InfrakitError {
  try {
    readProperties(value)
  } catch (error) {
    return error as InfrakitError
  }
  throw new Error('was accepted')
}

t.test('reads', (t) => {
  t.equal(readProperties({}).health, undefined)
  t.equal(readProperties({ Health: null, Drain: null }).drain, undefined)
  t.strictSame(readProperties({ Health: { HTTP: {} } }).health, {
    target: {
      kind: 'HTTP',
      port: undefined,
      scheme: 'http',
      method: 'GET',
      path: '/',
      headers: {},
      host: undefined,
      expectStatus: [{ least: 200, most: 399 }],
      expectBody: undefined,
      skipVerify: false,
    },
    intervalMs: 10_000,
    timeoutMs: 1000,
    startPeriodMs: 0,
    healthyThreshold: 1,
    unhealthyThreshold: 3,
  })
  const cases: [string, object, object][] = [
    ['TCP', { TCP: { Port: 80 } }, { target: { kind: 'TCP', port: 80 } }],
    ['TCP at the first port', { TCP: {} }, { target: { kind: 'TCP', port: undefined } }],
    ['GRPC', { GRPC: { Port: 80, Service: 's' } }, { target: { kind: 'GRPC', port: 80, service: 's' } }],
    ['Instance, which has counted already', { Instance: {} }, { target: { kind: 'Instance' }, unhealthyThreshold: 1 }],
    ['durations', { TCP: {}, Interval: '1m', Timeout: '250ms' }, { intervalMs: 60_000, timeoutMs: 250 }],
    ['no start period', { TCP: {}, StartPeriod: '0' }, { startPeriodMs: 0 }],
    [
      'thresholds',
      { TCP: {}, HealthyThreshold: 2, UnhealthyThreshold: 1 },
      { healthyThreshold: 2, unhealthyThreshold: 1 },
    ],
    ['null beside a kind', { TCP: {}, HTTP: null, Interval: null }, { target: { kind: 'TCP' }, intervalMs: 10_000 }],
  ]
  for (const [name, Health, expected] of cases) t.match(readProperties({ Health }).health, expected, name)
  t.match(readProperties({ Drain: { Wait: '2s' } }).drain, { request: undefined, waitMs: 2000 })
  t.match(readProperties({ Drain: { HTTP: { Path: '/off' } } }).drain, {
    request: { method: 'POST', path: '/off', expectStatus: [{ least: 200, most: 299 }] },
    timeoutMs: 10_000,
    waitMs: 0,
  })
  t.end()
})

t.test('refuses', (t) => {
  const cases: [string, object, RegExp, string][] = [
    ['nothing to probe', { Health: {} }, /expected exactly one of HTTP, TCP, GRPC, Instance/, 'Properties.Health'],
    ['two kinds', { Health: { TCP: {}, GRPC: {} } }, /exactly one of/, 'Properties.Health'],
    ['a mistyped kind', { Health: { HTP: {} } }, /unknown key, did you mean 'HTTP'\?/, 'Properties.Health.HTP'],
    ['a mistyped field', { Health: { HTTP: { Pth: '/' } } }, /did you mean 'Path'\?/, 'Properties.Health.HTTP.Pth'],
    [
      'a name as port',
      { Health: { TCP: { Port: 'web' } } },
      /Port: expected a number, got "web"/,
      'Properties.Health.TCP.Port',
    ],
    ['port 0', { Health: { TCP: { Port: 0 } } }, /Port/, 'Properties.Health.TCP.Port'],
    ['no duration', { Health: { TCP: {}, Interval: 'soon' } }, /expected a duration/, 'Properties.Health.Interval'],
    ['a number as duration', { Health: { TCP: {}, Interval: 5 } }, /expected a text/, 'Properties.Health.Interval'],
    [
      'probing without a pause',
      { Health: { TCP: {}, Interval: '1ms' } },
      /at least 100ms/,
      'Properties.Health.Interval',
    ],
    [
      'an interval no timer can have',
      { Health: { TCP: {}, Interval: '9999h' } },
      /at most/,
      'Properties.Health.Interval',
    ],
    [
      'a threshold of 0',
      { Health: { TCP: {}, HealthyThreshold: 0 } },
      /at least 1/,
      'Properties.Health.HealthyThreshold',
    ],
    ['a relative path', { Health: { HTTP: { Path: 'health' } } }, /begins with \//, 'Properties.Health.HTTP.Path'],
    ['a path with a line end', { Health: { HTTP: { Path: '/a\r\nb' } } }, /no blanks/, 'Properties.Health.HTTP.Path'],
    [
      'a status that is none',
      { Health: { HTTP: { ExpectStatus: 'fine' } } },
      /expected a status/,
      'Properties.Health.HTTP.ExpectStatus',
    ],
    [
      'an unknown method',
      { Health: { HTTP: { Method: 'GTE' } } },
      /did you mean 'GET'/,
      'Properties.Health.HTTP.Method',
    ],
    ['settings of Instance', { Health: { Instance: { Port: 1 } } }, /unknown key/, 'Properties.Health.Instance.Port'],
    ['a drain longer than a group waits', { Drain: { Wait: '10m' } }, /at most 9m/, 'Properties.Drain.Wait'],
    ['a mistyped drain', { Drain: { Wiat: '1s' } }, /did you mean 'Wait'/, 'Properties.Drain.Wiat'],
  ]
  for (const [name, value, message, path] of cases) {
    const error = refusal(value)
    t.equal(kindOf(error), 'input', name)
    t.match(error.message, message, name)
    t.equal(error.path, path, name)
  }
  const header = refusal({ Health: { HTTP: { Headers: { Authorization: 'top\nsecret' } } } })
  t.equal(header.path, 'Properties.Health.HTTP.Headers')
  t.notMatch(header.message, /secret/, 'a wrong header is not shown')
  t.end()
})
