import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('../..', import.meta.url))

t.test('the README has each plugin once', (t) => {
  const text = readFileSync(join(root, 'README.md'), 'utf8')
  const named = [...text.matchAll(/^\| \[[^\]]+\]\(plugins\/([^/]+)\/README\.md\)/gm)].map(([, name]) => name)
  t.same(named.sort(), readdirSync(join(root, 'plugins')).sort())
  t.end()
})
