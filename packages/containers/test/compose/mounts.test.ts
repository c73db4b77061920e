import t from 'tap'
import { mountOf } from '../../src/compose/mounts.js'

for (const [attachment, problem] of [
  [{ ID: 'db', Type: 'volume' }, /must be absolute/],
  [{ ID: '/db', Type: '' }, /says not where it comes from/],
  [{ ID: 'db:/db', Type: 'ebs' }, /is a volume, not a ebs/],
  [{ ID: '/srv:/db', Type: 'volume' }, /is a bind, not a volume/],
] as const) {
  t.test(`refuses the attachment ${attachment.ID} of type '${attachment.Type}'`, async (t) => {
    t.throws(() => mountOf(attachment), { kind: 'input', message: problem, hint: /SOURCE:TARGET/ })
  })
}
