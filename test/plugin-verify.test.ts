import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { lacking, skipFor, startProcess, waitUntil } from '@infrakit/testing'
import type { Report } from '@infrakit/testing/conformance'
import t, { type Test } from 'tap'
import { createHome, type Home } from './plugin-authors/home.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const examples = join(root, 'docs', 'examples')
const note = ['--properties', '{"Note": "x"}']

function broken({ verdicts }: Report): string[] {
  return verdicts.filter(({ outcome }) => outcome === 'broken').map((one) => `${one.interface}: ${one.promise}`)
}

async function verified(t: Test, home: Home, ...args: string[]): Promise<Report> {
  const { code, stdout, stderr } = await home.attempt('plugin', 'verify', ...args, '--json')
  t.equal(stderr, '', `${args[0]}: nothing to complain about`)
  const report = JSON.parse(stdout) as Report
  t.equal(code, broken(report).length > 0 ? 1 : 0, `${args[0]}: the exit status says the same`)
  t.same(report.leftovers, [], `${args[0]}: nothing is left`)
  return report
}

t.test('our plugins keep every promise', async (t) => {
  const home = await createHome(t)
  await home.infrakit('plugin', 'start', 'instance-file', 'flavor-vanilla', 'flavor-combo', 'group')
  await writeFile(join(home.folder, 'own.json'), '{"Tags": {"mine": "yes"}}')
  const mine = (await home.infrakit('instance', '--name', 'instance-file', 'provision', 'own.json')).trim()
  const combo = { Flavors: [{ Plugin: 'flavor-vanilla', Properties: { Init: ['true'] } }] }
  const cases: [plugin: string, args: string[], interfaces: string[]][] = [
    ['instance-file', [], ['Protocol', 'Instance', 'Event', 'Lifecycle', 'Fence', 'Logs']],
    ['flavor-vanilla', [], ['Protocol', 'Flavor', 'Resolve']],
    ['flavor-combo', ['--properties', JSON.stringify(combo)], ['Protocol', 'Flavor', 'Resolve']],
    [
      'group',
      ['--instance-plugin', 'instance-file', '--flavor-plugin', 'flavor-vanilla'],
      ['Protocol', 'Group', 'Revisions'],
    ],
  ]
  for (const [plugin, args, interfaces] of cases) {
    const report = await verified(t, home, plugin, ...args)
    t.same(broken(report), [], plugin)
    const missing = interfaces.filter((one) => !report.interfaces.includes(one))
    t.same(missing, [], `${plugin}: all that it has was judged`)
    const idle = report.verdicts.filter(({ outcome }) => outcome === 'not applicable')
    t.ok(idle.length <= 2, `${plugin}: ${idle.length} promises do not apply`)
  }
  t.equal((await home.infrakit('instance', '--name', 'instance-file', 'describe', '-q')).split(' ')[0], mine)
  t.same(JSON.parse(await home.infrakit('group', 'ls', '--json')), [], 'no group is left')
})

t.test('a group plugin without others to keep a group with is not found good', async (t) => {
  const home = await createHome(t)
  await home.infrakit('plugin', 'start', 'group')
  const { code, stderr } = await home.attempt('plugin', 'verify', 'group')
  t.equal(code, 1)
  t.match(stderr, /instance-file and flavor-vanilla do not run both; start them/)
})

t.test('the example in TypeScript keeps every promise', async (t) => {
  const home = await createHome(t)
  const executable = join(examples, 'bin', 'infrakit-instance-folder.js')
  await home.infrakit('plugin', 'start', executable, '--', '--dir', join(home.folder, 'instances'))
  t.same(broken(await verified(t, home, 'instance-folder', ...note)), [])
})

t.test('the example in Python', { skip: skipFor(['python3', 'curl']) }, async (t) => {
  t.equal(lacking(['python3', 'curl']), undefined, 'what it needs is installed')

  /** Starts the example, with something of its text replaced. */
  async function start(home: Home, from = '', to = ''): Promise<void> {
    const text = await readFile(join(examples, 'instance-python.py'), 'utf8')
    t.ok(text.includes(from), 'the text to be replaced is there')
    const script = join(home.folder, 'instance-python.py')
    await writeFile(script, text.replace(from, to), { mode: 0o755 })
    await home.infrakit('plugin', 'start', script, '--', '--dir', join(home.folder, 'instances'))
  }

  await t.test('keeps every promise', async (t) => {
    const home = await createHome(t)
    await start(home)
    t.same(broken(await verified(t, home, 'instance-python', ...note)), [])
  })

  await t.test('broken on purpose is rejected, with a command that shows it again', async (t) => {
    const home = await createHome(t)
    await start(home, 'self.path(params["Instance"]).unlink()', 'pass')
    const { code, stdout, stderr } = await home.attempt('plugin', 'verify', 'instance-python', ...note)
    t.equal(code, 1)
    const headings = stdout.split('\n').filter((line) => line.startsWith('BROKEN'))
    t.same(headings, ['BROKEN Instance: a destroyed instance is gone, and others stay'])
    t.match(stderr, /could not be taken away: /)
    const command = /^ {2}\$ (curl .*Instance\.Destroy.*)$/m.exec(stdout)?.[1] ?? ''
    const again = await promisify(execFile)('sh', ['-c', command])
    t.match(JSON.parse(again.stdout), { result: { OK: true } }, 'the command shows what it showed')
  })

  await t.test('a run that is interrupted takes away what it made', async (t) => {
    const home = await createHome(t)
    await start(home)
    const folder = join(home.folder, 'instances')
    const program = join(root, 'cli', 'bin', 'infrakit.js')
    const env = { INFRAKIT_HOME: home.folder, INFRAKIT_PLUGINS_DIR: home.pluginsDir }
    const run = startProcess(t, program, ['plugin', 'verify', 'instance-python', ...note], env)
    const files = async () => (await readdir(folder)).filter((file) => file.endsWith('.json'))
    await waitUntil('an instance', async () => (await files()).length > 0, 40_000)
    const { code } = await run.end('SIGINT')
    t.equal(code, 1)
    t.match(run.output(), /interrupted; what was made is being taken away/)
    t.same(await files(), [])
  })

  await t.test('properties that it refuses are told before anything is made', async (t) => {
    const home = await createHome(t)
    await start(home)
    const { code, stderr } = await home.attempt('plugin', 'verify', 'instance-python')
    t.equal(code, 2)
    t.match(stderr, /instance-python refuses the properties .* Properties\.Note: expected a text\nhint: .*--properties/)
  })
})
