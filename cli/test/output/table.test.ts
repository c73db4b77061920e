import t from 'tap'
import { formatTable } from '../../src/output/table.js'

const columns = [{ title: 'NAME', width: 10 }, { title: 'N' }, { title: 'LAST' }]

t.test('columns are aligned, the last is not padded', async (t) => {
  t.same(
    formatTable(columns, [
      ['a', '1', 'x'],
      ['much-too-long', '22222', 'y'],
    ]),
    ['NAME           N      LAST', 'a              1      x', 'much-too-long  22222  y'],
  )
})

t.test('quiet leaves the headings out', async (t) => {
  t.same(formatTable(columns, [['a', '1', 'x']], { quiet: true }), ['a         1  x'])
})

t.test('no rows: headings only', async (t) => {
  t.same(formatTable(columns, []), ['NAME      N  LAST'])
  t.same(formatTable(columns, [], { quiet: true }), [])
})

t.test('a cell cannot move the cursor', async (t) => {
  t.same(formatTable([{ title: 'A' }], [['x\u001b[2Jy\nz']], { quiet: true }), ['x\\u001b[2Jy\\u000az'])
})
