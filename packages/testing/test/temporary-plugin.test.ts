import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { teardownOf, temporaryFolder, temporaryPlugin, temporarySocket } from '../src/index.js'

/** Serves as a plugin would, and counts its lives in its home. */
const script = `
  import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
  import { createServer } from 'node:http'
  const flag = (name) => process.argv[process.argv.indexOf(name) + 1]
  const socket = flag('--plugins-dir') + '/' + flag('--name')
  mkdirSync(flag('--plugins-dir'), { recursive: true })
  rmSync(socket, { force: true })
  appendFileSync(process.env.INFRAKIT_HOME + '/lives', 'x')
  createServer((request, response) => {
    let text = ''
    request.on('data', (part) => (text += part)).on('end', () => {
      const { method } = JSON.parse(text)
      const lives = readFileSync(process.env.INFRAKIT_HOME + '/lives', 'utf8').length
      const answer = method === 'Fail' ? { error: { code: 1, message: 'it is so' } } : { result: { method, lives } }
      response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, ...answer }))
    })
  }).listen(socket)
  console.log('listening')
`

t.test('a plugin is called, killed and started again in the same home', async (t) => {
  const file = join(await temporaryFolder(t), 'plugin.mjs')
  await writeFile(file, script)
  const plugin = await temporaryPlugin(t, file, { name: 'mine' })
  t.match(plugin.socket, /\/plugins\/mine$/)
  t.same(await plugin.call('A.B'), { method: 'A.B', lives: 1 })
  await t.rejects(plugin.call('Fail'), /it is so/)
  await plugin.kill()
  await t.rejects(plugin.call('A.B'), 'nobody answers then')
  await plugin.start()
  t.same(await plugin.call('A.B'), { method: 'A.B', lives: 2 })
})

t.test('a plugin that ends at once is told with what it wrote', async (t) => {
  const file = join(await temporaryFolder(t), 'plugin.mjs')
  await writeFile(file, "console.error('no such cloud'); process.exit(3)")
  await t.rejects(temporaryPlugin(t, file), /ended \(3\) before it answered:\nno such cloud/)
})

t.test('sockets of two tests are apart, and short', async (t) => {
  const [one, other] = [await temporarySocket(t), await temporarySocket(t)]
  t.not(one.path, other.path)
  t.ok(one.path.length < 100)
})

t.test('with node:test the last comes first', async (t) => {
  const after: (() => unknown)[] = []
  const ended: string[] = []
  const teardown = teardownOf({ after: (end) => after.push(end) })
  for (const name of ['folder', 'plugin']) teardown.teardown(() => ended.push(name))
  const folder = await temporaryFolder(teardown)
  for (const end of after) await end()
  t.same(ended, ['plugin', 'folder'])
  t.notOk(existsSync(folder))
})
