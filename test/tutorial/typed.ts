import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@infrakit/testing'
import { readBlocks, type Block } from '../docs-blocks/blocks.js'
import { reader } from '../docs-blocks/reader.js'
import { told } from './told.js'

/** Commands of a page, what it shows of their output, and what they printed when they were typed. */
export interface Typed {
  readonly line: number
  readonly shown: string
  readonly printed: string
}

interface Step {
  readonly block: Block
  readonly shown: string
}

/** Commands and output of a `console` block: `$` begins a command, `\` at its end goes on with it. */
function splitConsole(block: Block): Step {
  const [commands, shown]: [string[], string[]] = [[], []]
  let goesOn = false
  for (const line of block.text.split('\n')) {
    const begins = line.startsWith('$ ')
    if (begins || goesOn) commands.push(begins ? line.slice(2) : line)
    else shown.push(line)
    goesOn = (begins || goesOn) && line.endsWith('\\')
  }
  // What is refused is shown as well: the shell goes on.
  return { block: { ...block, text: `set +e\n${commands.join('\n')}\nset -e\n` }, shown: shown.join('\n') }
}

/** The blocks that are typed: `sh`, with a `text` block after it if they print something, and `console`. */
export function stepsOf(markdown: string): Step[] {
  const blocks = readBlocks(markdown)
  return blocks.flatMap((block, index) => {
    if (block.language === 'console') return [splitConsole(block)]
    if (block.language !== 'sh') return []
    const next = blocks[index + 1]
    return [{ block, shown: next?.language === 'text' ? next.text : '' }]
  })
}

/** Types a page, block by block, as its reader would. */
export async function* typePage(
  t: Parameters<typeof temporaryFolder>[0],
  root: string,
  markdown: string,
): AsyncGenerator<Typed> {
  const person = await reader(t, root)
  const folder = await temporaryFolder(t)
  const at = (name: string) => join(folder, name)
  for (const { block, shown } of stepsOf(markdown)) {
    const { line } = block
    // The block's output goes to a file; then the shell has its own streams again.
    const text = `exec 5>&1 6>&2 >${at('out')} 2>&1\n${block.text}exec >&5 2>&6\necho "$HOME" >${at('home')}\n`
    await person.type({ ...block, text }).catch(async (error: unknown) => {
      throw new Error(`${String(error)}\n${await readFile(at('out'), 'utf8')}`)
    })
    const home = (await readFile(at('home'), 'utf8')).trim()
    yield { line, shown: told(shown, home), printed: told(await readFile(at('out'), 'utf8'), home) }
  }
}
