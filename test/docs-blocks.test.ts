import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { readBlocks, type Block } from './docs-blocks/blocks.js'
import { reader } from './docs-blocks/reader.js'

// Page after page, and most start plugins of their own.
t.setTimeout(480_000)

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Blocks that are not typed, by page: how each begins, and why. */
type Exceptions = Readonly<Record<string, readonly { readonly begins: string; readonly reason: string }[]>>

async function pages(): Promise<string[]> {
  const inDocs = await readdir(join(root, 'docs'), { recursive: true })
  return [
    'README.md',
    'CONTRIBUTING.md',
    ...inDocs.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
  ]
}

t.test('fenced blocks are found', async (t) => {
  const page = [
    'text',
    '```sh',
    'one',
    '',
    '  two',
    '```',
    '- item',
    '  ````text',
    '  ```',
    '  ````',
    '~~~',
    '~~~',
  ].join('\n')
  t.same(readBlocks(page), [
    { language: 'sh', text: 'one\n\n  two\n', line: 2 },
    { language: 'text', text: '```\n', line: 8 },
    { language: '', text: '\n', line: 11 },
  ])
  t.throws(() => readBlocks('```sh\nls'), { message: /line 1 is never closed/ })
})

t.test('a block that fails is noticed', async (t) => {
  const person = await reader(t, root)
  const block = (text: string, line: number): Block => ({ language: 'sh', text, line })
  await t.resolves(person.type(block('marker=here\n', 1)))
  await t.resolves(person.type(block('test "$marker" = here\ntest "$HOME" != ~root\n', 2)), 'blocks share one shell')
  await t.rejects(person.type(block('echo before\nfalse\necho after\n', 3)), { message: /line 3 failed:\nbefore\n$/ })
})

t.test('what the pages tell to type works', async (t) => {
  const exceptions = JSON.parse(await readFile(join(root, 'test/docs-blocks/exceptions.json'), 'utf8')) as Exceptions
  for (const page of await pages()) {
    const blocks = readBlocks(await readFile(join(root, page), 'utf8')).filter(({ language }) => language === 'sh')
    const excepted = exceptions[page] ?? []
    const reasonOf = (block: Block) => excepted.find(({ begins }) => block.text.startsWith(begins))?.reason
    for (const { begins } of excepted) {
      t.ok(
        blocks.some((block) => block.text.startsWith(begins)),
        `${page} has the excepted block '${begins}'`,
      )
    }
    const typed = blocks.filter((block) => reasonOf(block) === undefined)
    if (typed.length === 0) continue
    await t.test(page, async (t) => {
      const person = await reader(t, root)
      for (const block of typed) {
        await person.type(block)
        t.pass(`line ${block.line}`)
      }
    })
  }
})
