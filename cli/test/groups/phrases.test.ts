import t from 'tap'
import { inThirdPerson } from '../../src/groups/phrases.js'

const cases: [details: string, sentence: string][] = [
  ['Managing 5 instances', 'Manages 5 instances'],
  ['Managing 2 stopped instances', 'Manages 2 stopped instances'],
  ['Noop', 'Noop'],
  ['Performing a rolling update on 2 instances', 'Performs a rolling update on 2 instances'],
  ['Adding 5 instances to increase the group size to 10', 'Adds 5 instances to increase the group size to 10'],
  ['Terminating 7 instances to reduce the group size to 3', 'Terminates 7 instances to reduce the group size to 3'],
  [
    'Performing a rolling update on 5 instances, then adding 5 instances to increase the group size to 10',
    'Performs a rolling update on 5 instances, then adds 5 instances to increase the group size to 10',
  ],
  [
    'Terminating 2 instances to reduce the group size to 3, then performing a rolling update on 1 instances',
    'Terminates 2 instances to reduce the group size to 3, then performs a rolling update on 1 instances',
  ],
  ['Stopping 2 instances', 'Stops 2 instances'],
  ['Starting 2 instances', 'Starts 2 instances'],
  ['Noop, clearing the size override of 7', 'Noop, clears the size override of 7'],
  ['', ''],
]

for (const [details, sentence] of cases) {
  t.test(details || 'nothing', async (t) => {
    t.equal(inThirdPerson(details), sentence)
  })
}
