import t from 'tap'
import { createProgress } from '../../src/output/progress.js'

function stream(isTTY: boolean) {
  const written: string[] = []
  return { isTTY, columns: 20, write: (text: string) => written.push(text), written }
}

t.test('plain lines where there is no terminal', async (t) => {
  const out = stream(false)
  const progress = createProgress(out, { silent: false })
  progress.show('one')
  progress.show('two')
  progress.end()
  t.same(out.written, ['one\n', 'two\n'])
})

t.test('one line that is written over on a terminal, no longer than it is wide', async (t) => {
  const out = stream(true)
  const progress = createProgress(out, { silent: false })
  progress.show('x'.repeat(50))
  progress.end()
  t.same(out.written, [`\r\u001b[K${'x'.repeat(19)}`, '\r\u001b[K'])
})

t.test('nothing when silent', async (t) => {
  const out = stream(true)
  const progress = createProgress(out, { silent: true })
  progress.show('one')
  progress.end()
  t.same(out.written, [])
})
