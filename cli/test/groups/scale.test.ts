import t from 'tap'
import { parseSize } from '../../src/commands/group/scale.js'

const cases: [text: string, old: number, size: number][] = [
  ['5', 2, 5],
  ['0', 2, 0],
  ['+2', 3, 5],
  ['-1', 3, 2],
  ['-5', 3, 0],
]
for (const [text, old, size] of cases) {
  t.test(`${text} makes ${size} of ${old}`, async (t) => {
    t.equal(parseSize(text)(old), size)
  })
}
for (const text of ['', 'x', '1.5', '--1', '5x', '1e3']) {
  t.test(`'${text}' is refused`, async (t) => {
    t.throws(() => parseSize(text), { kind: 'input', message: /expected/ })
  })
}
