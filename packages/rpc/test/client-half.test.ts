import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'

/** Names of the packages that importing a file loads, read from V8's own list of scripts. */
function packagesLoadedBy(file: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'ik-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const script = `
    import { Session } from 'node:inspector'
    const session = new Session()
    const urls = []
    session.connect()
    session.on('Debugger.scriptParsed', ({ params }) => urls.push(params.url))
    session.post('Debugger.enable')
    await import(${JSON.stringify(file)})
    console.log(urls.join('\\n'))
  `
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  const names = out.split('\n').map((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1])
  return [...new Set(names.filter((name) => name !== undefined))].sort()
}

t.test('the client half loads neither express nor zod nor json-rpc-2.0', async (t) => {
  const url = (name: string) => pathToFileURL(new URL(`../src/${name}`, import.meta.url).pathname).href
  const client = packagesLoadedBy(url('client.js'))
  t.ok(client.includes('lossless-json'))
  for (const name of ['express', 'zod', 'json-rpc-2.0']) t.notOk(client.includes(name), name)
  const server = packagesLoadedBy(url('index.js'))
  t.ok(server.includes('zod') && server.includes('json-rpc-2.0'), 'as the server half does')
  t.notOk(server.includes('express'), 'which loads express when it is needed')
})
