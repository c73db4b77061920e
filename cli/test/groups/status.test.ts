import t from 'tap'
import { formatStatus } from '../../src/groups/status.js'

const now = Date.parse('2030-01-01T00:00:00Z')

t.test('a group that is being worked on', async (t) => {
  const lines = formatStatus(
    {
      Instances: [{ ID: 'i1' }],
      Converged: false,
      Status: 'working',
      Size: 2,
      Revision: 4,
      Activities: [
        { Action: 'provision', LogicalID: 'db-1', Reason: 'db-1 is missing' },
        { Action: 'wait', Reason: 'i1 is not healthy yet' },
      ],
      LastFailure: { Message: 'no space left', At: '2029-12-31T23:59:50Z', RetryAt: '2030-01-01T00:00:12Z' },
      Health: { i1: 'unhealthy', i0: 'healthy', i2: 'stopped' },
    },
    now,
  )
  t.same(lines, [
    '',
    'Status:  working, 1 of 2 instances, revision 4',
    'Doing:   provision db-1: db-1 is missing',
    'Doing:   wait: i1 is not healthy yet',
    'Health:  i1 is unhealthy',
    'Failed:  no space left',
    '         at 2029-12-31T23:59:50Z; tried again at 2030-01-01T00:00:12Z (in 12s)',
  ])
})

t.test('what a member that was given up wrote last', async (t) => {
  const LastLines = [
    { Instance: 'i1', At: '2029-12-31T23:59:50Z', Reason: 'answered 503', Lines: ['one', '\u001b[2Jtwo'] },
  ]
  const lines = formatStatus({ Instances: [], Converged: false, Status: 'working', LastLines }, now)
  t.same(lines.slice(-3), [
    'Log:     i1 at 2029-12-31T23:59:50Z: answered 503',
    '         | one',
    '         | \\u001b[2Jtwo',
  ])
  const calm = formatStatus({ Instances: [], Converged: true, Status: 'converged', LastLines }, now)
  t.same(calm, ['', 'Status:  converged'], 'a group that is well does not dwell on it')
})

t.test('a failure that waits for somebody', async (t) => {
  const LastFailure = { Message: 'bad image', At: '2029-12-31T23:59:50Z', RetryAt: null }
  const lines = formatStatus({ Instances: [], Converged: false, Status: 'halted', LastFailure }, now)
  t.equal(lines.at(-1), '         at 2029-12-31T23:59:50Z; not tried again until somebody changes something')
})

t.test('a plugin of the original says only whether it has converged', async (t) => {
  t.same(formatStatus({ Instances: [], Converged: true }, now), ['', 'Status:  converged'])
  t.same(formatStatus({ Instances: [], Converged: false }, now), ['', 'Status:  not converged'])
})
