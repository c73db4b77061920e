import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { told } from './tutorial/told.js'
import { stepsOf, typePage } from './tutorial/typed.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

t.test('what differs from run to run does not count, and everything else does', async (t) => {
  const line = (id: string, pid: number) => `instance-${id}    -  Started group (pid ${pid}), log /tmp/x/.infrakit/a`
  t.equal(told(line('12', 1), '/tmp/x'), told(line('123456789', 234), '/tmp/x'))
  t.equal(told(line('12', 1), '/tmp/x'), 'instance-N  -  Started group (pid N), log /home/you/.infrakit/a')
  t.not(told('watching app-blue', '/tmp/x'), told('watching app-green', '/tmp/x'))
})

t.test('what is typed and what is shown', async (t) => {
  const page = ['```sh', 'ls', '```', '```text', 'a', '```', '```console', '$ echo \\', '  b', 'b', '$ c', '```']
  t.match(stepsOf(page.join('\n')), [
    { block: { text: 'ls\n' }, shown: 'a\n' },
    { block: { text: 'set +e\necho \\\n  b\nc\nset -e\n' }, shown: 'b\n' },
  ])
})

t.test('whoever types the README sees what the README shows', async (t) => {
  const page = await readFile(join(root, 'tutorial', 'README.md'), 'utf8')
  let count = 0
  for await (const { line, shown, printed } of typePage(t, root, page)) {
    t.equal(printed, shown, `line ${line}`)
    count++
  }
  t.ok(count > 15, `${count} blocks were typed`)
})
