import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { freePort, skipFor, temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { readBlocks } from './docs-blocks/blocks.js'
import { reader } from './docs-blocks/reader.js'
import { endProcessesIn } from './environment/processes-in.js'

t.setTimeout(240_000)

const root = fileURLToPath(new URL('../..', import.meta.url))
const plugins = { 'proxy-embedded': [], 'proxy-haproxy': ['haproxy'], 'proxy-nginx': ['nginx'] }

for (const [plugin, needs] of Object.entries(plugins)) {
  t.test(`the example in the README of ${plugin} runs as written`, { skip: skipFor(needs) }, async (t) => {
    const page = await readFile(`${root}/plugins/${plugin}/README.md`, 'utf8')
    const [example] = readBlocks(page).filter(({ language }) => language === 'sh')
    if (!example) throw new Error('the README has no example')
    const home = await temporaryFolder(t)
    t.teardown(() => endProcessesIn(home))
    // The same on ports of its own: others may use these.
    const ports = new Map<string, string>()
    for (const port of ['8080', '8081', '8082']) ports.set(port, String(await freePort()))
    const moved = (text: string) => text.replaceAll(/\b808\d\b/g, (port) => ports.get(port) ?? port)
    const [before, after] = moved(example.text).split(/^kill \$ONE$/m)
    const route = moved(await readFile(`${root}/plugins/${plugin}/example.yml`, 'utf8'))
    const text = [
      `export INFRAKIT_HOME=${home}`,
      `cat > plugins/${plugin}/example.yml <<'END'\n${route}END`,
      before,
      'kill $ONE',
      `test "$(curl -s http://127.0.0.1:${ports.get('8080')}/)" = two`,
      after,
    ].join('\n')
    const person = await reader(t, root)
    await t.resolves(person.type({ ...example, text }))
  })
}
