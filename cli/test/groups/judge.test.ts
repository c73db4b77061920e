import type { GroupDescription } from '@infrakit/spi'
import t from 'tap'
import { judge, type Awaited, type Verdict } from '../../src/groups/judge.js'

const instances = (count: number) => Array.from({ length: count }, (_, i) => ({ ID: `i${i}` }))
const failure = { Message: 'image not found', At: '2030-01-01T00:00:00Z' }

const cases: [what: string, GroupDescription, Omit<Awaited, 'id'>, Verdict['outcome']][] = [
  ['converged', { Instances: [], Converged: true, Status: 'converged', Revision: 2 }, { revision: 2 }, 'done'],
  [
    'converged at a newer revision',
    { Instances: [], Converged: true, Status: 'converged', Revision: 3 },
    { revision: 2 },
    'done',
  ],
  [
    'converged, but at the revision before',
    { Instances: [], Converged: true, Status: 'converged', Revision: 1 },
    { revision: 2 },
    'outdated',
  ],
  [
    'halted, but at the revision before',
    { Instances: [], Converged: false, Status: 'halted', Revision: 1 },
    { revision: 2 },
    'outdated',
  ],
  ['working', { Instances: [], Converged: false, Status: 'working', Revision: 2 }, { revision: 2 }, 'wait'],
  ['waiting', { Instances: [], Converged: false, Status: 'waiting', Revision: 2 }, { revision: 2 }, 'wait'],
  [
    'a failure that is tried again',
    { Instances: [], Converged: false, Status: 'working', LastFailure: failure },
    {},
    'wait',
  ],
  ['halted', { Instances: [], Converged: false, Status: 'halted', LastFailure: failure }, {}, 'failed'],
  ['parked', { Instances: [], Converged: false, Status: 'parked' }, {}, 'done'],
  ['being destroyed', { Instances: [], Converged: false, Status: 'destroying' }, {}, 'failed'],
  ['a plugin of the original, converged', { Instances: instances(2), Converged: true }, { size: 2 }, 'done'],
  ['a plugin of the original, converged too early', { Instances: instances(1), Converged: true }, { size: 2 }, 'wait'],
]

for (const [what, description, wanted, outcome] of cases) {
  t.test(`${what}: ${outcome}`, async (t) => {
    t.equal(judge(description, { id: 'web', ...wanted }).outcome, outcome)
  })
}

t.test('a halt tells its reason', async (t) => {
  const verdict = judge({ Instances: [], Converged: false, Status: 'halted', LastFailure: failure }, { id: 'web' })
  t.match(verdict, { error: { message: 'update web halted: image not found', hint: /group rollback web/ } })
})
