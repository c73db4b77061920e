import t from 'tap'
import { parseEnvFile } from '../src/parse-env-file.js'

for (const [line, value] of [
  ['A=1', '1'],
  ['A=', ''],
  ['  export A = 1 ', '1'],
  ['A=x=y', 'x=y'],
  ['A=pass#word', 'pass#word'],
  ['A=word # a comment', 'word'],
  ['A=# a comment', ''],
  [`A="two words" # a comment`, 'two words'],
  [String.raw`A="a\"b\\c\nd"`, 'a"b\\c\nd'],
  [String.raw`A="\${B}"`, '${B}'],
  [`A='$2y$10$abc'`, '$2y$10$abc'],
  ['A=cost: 5$', 'cost: 5$'],
] as const) {
  t.test(`${line} is '${value}'`, async (t) => {
    t.same(parseEnvFile(`# first\n\n${line}\r\nB=2\n`), { A: value, B: '2' })
  })
}

for (const [line, problem] of [
  ['secret', /^line 2: expected NAME=value$/],
  ['=secret', /^line 2: expected NAME=value$/],
  ['A="secret', /^line 2: the quote is not closed on the same line$/],
  [`A='secret'x`, /^line 2: something follows the closing quote$/],
  ['A=${SECRET}', /^line 2: variables are not filled in/],
  ['A="$SECRET"', /^line 2: variables are not filled in/],
] as const) {
  t.test(`${line} is refused, and not quoted`, async (t) => {
    t.throws(() => parseEnvFile(`A=1\n${line}`), { name: 'SyntaxError', message: problem })
  })
}
