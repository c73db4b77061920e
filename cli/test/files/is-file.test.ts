import t from 'tap'
import { looksLikeFile } from '../../src/files/is-file.js'

const cases: [operand: string, file: boolean][] = [
  ['-', true],
  ['app-blue.json', true],
  ['app-blue.yml', true],
  ['app-blue.YAML', true],
  ['./app-blue', true],
  ['groups/app-blue', true],
  ['app-blue', false],
  ['json', false],
  ['app.blue', false],
]

for (const [operand, file] of cases) {
  t.test(`'${operand}' is ${file ? 'a file' : 'an id'}`, async (t) => {
    t.equal(looksLikeFile(operand), file)
  })
}
