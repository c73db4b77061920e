import t from 'tap'
import { formatInstances, formatTags } from '../../src/output/instances.js'

t.test('tags', async (t) => {
  t.equal(formatTags({ b: '2', a: '1' }), 'a=1,b=2', 'are sorted')
  t.equal(formatTags({ 'infrakit.provision': 'k', a: '1' }), 'a=1', 'the provision key is not shown')
  t.equal(formatTags({ 'infrakit.provision': 'k' }), '-')
  t.equal(formatTags(null), '-')
})

t.test('instances', async (t) => {
  t.same(
    formatInstances([
      { ID: 'instance-7932269456152577966', Tags: { 'infrakit.group': 'app-blue' } },
      { ID: 'b', LogicalID: '10.0.0.1' },
    ]),
    [
      'ID                            LOGICAL          TAGS',
      'instance-7932269456152577966  -                infrakit.group=app-blue',
      'b                             10.0.0.1         -',
    ],
  )
})

t.test('a state that is not running has a column', async (t) => {
  const lines = formatInstances([{ ID: 'a' }, { ID: 'b', State: 'failed', StateReason: 'exited with code 1' }])
  t.match(lines[0], /TAGS +STATE$/)
  t.match(lines[1], /running$/)
  t.match(lines[2], /failed \(exited with code 1\)$/)
})
