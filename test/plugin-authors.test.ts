import { lacking, skipFor } from '@infrakit/testing'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { readBlocks } from './docs-blocks/blocks.js'
import { typePage } from './tutorial/typed.js'
import { liveThrough } from './plugin-authors/life.js'

t.setTimeout(480_000)

const root = fileURLToPath(new URL('../..', import.meta.url))
const docs = join(root, 'docs')

const examples = [
  { name: 'instance-folder', shown: 'instance-folder.ts', executable: 'bin/infrakit-instance-folder.js', needs: [] },
  { name: 'instance-python', shown: 'instance-python.py', executable: 'instance-python.py', needs: ['python3'] },
  { name: 'instance-bash', shown: 'instance-bash.sh', executable: 'instance-bash.sh', needs: ['bash', 'socat', 'jq'] },
]

t.test('the guide shows the examples as they are', async (t) => {
  const guide = await readFile(join(docs, 'plugin-authors.md'), 'utf8')
  const blocks = readBlocks(guide)
  for (const { shown } of examples) {
    const line = guide.slice(0, guide.indexOf(`<!-- examples/${shown} -->`)).split('\n').length
    const block = blocks.find((one) => one.line > line)
    t.equal(block?.text, await readFile(join(docs, 'examples', shown), 'utf8'), shown)
  }
  const source = await readFile(join(docs, 'examples', 'instance-folder.ts'), 'utf8')
  t.ok(source.trimEnd().split('\n').length <= 40, 'forty lines are enough')
})

const session = ['python3', 'curl']
t.test('whoever types the session of the guide sees what it shows', { skip: skipFor(session) }, async (t) => {
  t.equal(lacking(session), undefined, 'what it needs is installed')
  const guide = await readFile(join(docs, 'plugin-authors.md'), 'utf8')
  let count = 0
  for await (const { line, shown, printed } of typePage(t, root, guide)) {
    t.equal(printed, shown, `line ${line}`)
    count++
  }
  t.ok(count > 5, `${count} blocks were typed`)
})

for (const { name, executable, needs } of examples) {
  t.test(name, { skip: skipFor(needs) }, async (t) => {
    t.equal(lacking(needs), undefined, 'what it needs is installed')
    await liveThrough(t, join(docs, 'examples', executable), name)
  })
}
