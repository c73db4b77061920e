import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { readBlocks } from './docs-blocks/blocks.js'
import { reader } from './docs-blocks/reader.js'
import { told } from './tutorial/told.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

t.test('what differs from run to run does not count, and everything else does', async (t) => {
  const line = (id: string, pid: number) => `instance-${id}    -  Started group (pid ${pid}), log /tmp/x/.infrakit/a`
  t.equal(told(line('12', 1), '/tmp/x'), told(line('123456789', 234), '/tmp/x'))
  t.equal(told(line('12', 1), '/tmp/x'), 'instance-N  -  Started group (pid N), log /home/you/.infrakit/a')
  t.not(told('watching app-blue', '/tmp/x'), told('watching app-green', '/tmp/x'))
})

t.test('whoever types the README sees what the README shows', async (t) => {
  const blocks = readBlocks(await readFile(join(root, 'tutorial', 'README.md'), 'utf8'))
  const person = await reader(t, root)
  const folder = await temporaryFolder(t)
  let compared = 0
  for (const [index, block] of blocks.entries()) {
    if (block.language !== 'sh') continue
    const file = join(folder, `printed-${block.line}`)
    // The shell goes on after the block with its own streams, and its own folder.
    const text = `exec 5>&1 6>&2 >${file} 2>&1\n${block.text}exec >&5 2>&6\necho "$HOME" >${folder}/home\n`
    await person.type({ ...block, text }).catch(async (error: unknown) => {
      throw new Error(`${String(error)}\n${await readFile(file, 'utf8')}`)
    })
    const home = (await readFile(join(folder, 'home'), 'utf8')).trim()
    const next = blocks[index + 1]
    const shown = next?.language === 'text' ? next.text : ''
    t.equal(told(await readFile(file, 'utf8'), home), told(shown, home), `line ${block.line}`)
    compared++
  }
  t.ok(compared > 15, `${compared} blocks were typed`)
})
