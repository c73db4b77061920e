import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { skipFor, temporaryFolder, waitUntil, type Teardown } from '@infrakit/testing'
import { needsDocker, testImage } from '@infrakit/testing/engine'
import t, { type Test } from 'tap'
import { leftRunning } from './tutorial/left-running.js'

const script = fileURLToPath(new URL('../../tutorial/dist/run.js', import.meta.url))

/** The tour in a process group of its own, as a terminal would start it; all it makes is below `folder`. */
async function startTour(t: Teardown, folder: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  const mark = `INFRAKIT_TUTORIAL_TEST=${randomUUID()}`
  const [name = '', value] = mark.split('=')
  const { INFRAKIT_PLUGINS_DIR: _dir, ...inherited } = process.env
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...inherited, TMPDIR: folder, [name]: value, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  t.teardown(() => child.kill('SIGKILL'))
  return {
    output: () => output,
    async saw(text: string) {
      const early = closed.then(() => Promise.reject(new Error(`the tour ended before '${text}':\n${output}`)))
      await Promise.race([waitUntil(`the tour to print '${text}'`, () => output.includes(text), 60_000), early])
    },
    /** What Ctrl-C does: the whole foreground group gets the signal. */
    interrupt: () => process.kill(-(child.pid ?? 0), 'SIGINT'),
    async ended() {
      const [code] = await closed
      return { code, left: leftRunning(mark), files: await readdir(folder) }
    },
  }
}

t.test('the tour shows every command, and what comes of it', async (t) => {
  const tour = await startTour(t, await temporaryFolder(t))
  t.same(await tour.ended(), { code: 0, left: [], files: [] }, 'ends well, nothing runs on, nothing is left')
  const output = tour.output()
  const told = [
    '$ infrakit plugin start group flavor-vanilla\nStarted ',
    '$ infrakit plugin ls\nPlugins:\nNAME                LISTEN\nflavor-vanilla ',
    '$ infrakit instance --name instance-file describe\nID                            LOGICAL          TAGS\n\n',
    '$ infrakit group watch tutorial/app-blue-group.json\nwatching app-blue: Managing 2 instances\n',
    '$ rm tutorial/instances/instance-',
    ' ms later instance-',
    '$ infrakit group inspect app-blue\nID ',
    '$ infrakit group describe tutorial/app-blue-group-2.json\napp-blue : Performs a rolling update on 2 instances\n',
    '$ infrakit group update tutorial/app-blue-group-2.json\n',
    'app-blue: Destroying instance instance-',
    '\nupdate app-blue completed\n',
    'Scaling app-blue from 2 to 3',
    '$ infrakit group history app-blue\nREVISION ',
    'rollback app-blue completed',
    'Destroyed app-green',
    '$ infrakit plugin stop group instance-file flavor-vanilla\nStopped group ',
    '$ infrakit plugin start group flavor-vanilla instance-process registry-embedded proxy-embedded deployment\nStarted ',
    'shop: release 1 (blue, 2 instances) is active.\n',
    'Hello from version 1\n',
    'shop: release 2 (green, 2 instances) is active.\n',
    'Hello from version 2\n',
    "failed at 'post-test visitors are greeted'",
    'release 3 was taken back',
    'Hello from version 2\n',
    '$ infrakit deployment rollback shop\n',
    'Hello from version 1\n',
    'shop-4      rollback ',
    'shop: no release is active.\n',
    'Nothing is left running',
  ]
  tells(t, output, told)
})

/** One after the other. */
function tells(t: Test, output: string, texts: readonly string[]): void {
  let at = 0
  for (const text of texts) {
    const found = output.indexOf(text, at)
    t.ok(found >= at, text.split('\n')[0] || text)
    at = Math.max(at, found)
  }
}

const skip = needsDocker.skip || skipFor(['consul', 'haproxy'])
t.test('the part with containers, Consul and HAProxy', { skip }, async (t) => {
  const tour = await startTour(t, await temporaryFolder(t), ['containers'], {
    INFRAKIT_TUTORIAL_IMAGE: testImage('node-server'),
  })
  t.same(await tour.ended(), { code: 0, left: [], files: [] }, 'ends well, nothing runs on, nothing is left')
  tells(t, tour.output(), [
    '$ consul agent -dev &',
    '$ infrakit plugin start registry-consul -- --address http://127.0.0.1:',
    'in proxy-haproxy, the catalogue, without requests',
    'shop: release 1 (blue, 2 instances) is active.\n',
    'Hello from version 1\n',
    'Hello from version 2\n',
    'release 3 was taken back',
    'Hello from version 2\n',
    '$ infrakit deployment rollback shop\n',
    'Hello from version 1\n',
    'shop: no release is active.\n',
  ])
})

t.test('that part says what it lacks, and other words are refused', async (t) => {
  const folder = await temporaryFolder(t)
  const poor = await startTour(t, folder, ['containers'], { PATH: folder })
  t.same(await poor.ended(), { code: 1, left: [], files: [] })
  t.match(poor.output(), /needs a Docker engine that you may use, consul, haproxy\. .*npm run services/)
  const wrong = await startTour(t, folder, ['everything'])
  t.same(await wrong.ended(), { code: 2, left: [], files: [] })
  t.match(wrong.output(), 'usage: npm run tutorial [-- containers]')
})

const moments = [
  '$ infrakit plugin start instance-file',
  '$ infrakit group watch',
  '$ infrakit group update',
  'switch: done',
]
for (const moment of moments) {
  t.test(`Ctrl-C at '${moment}' leaves nothing behind`, async (t) => {
    const tour = await startTour(t, await temporaryFolder(t))
    await tour.saw(moment)
    tour.interrupt()
    t.same(await tour.ended(), { code: 130, left: [], files: [] })
    t.notMatch(tour.output(), 'Nothing is left running')
  })
}

t.test('a step that fails ends the tour with status 1, says why, and leaves nothing behind', async (t) => {
  // A path too long for a socket: no plugin can start.
  const folder = join(await temporaryFolder(t), 'x'.repeat(90))
  await mkdir(folder)
  const tour = await startTour(t, folder)
  t.same(await tour.ended(), { code: 1, left: [], files: [] })
  t.match(tour.output(), /The tour ends here: 'infrakit plugin start group flavor-vanilla' ended with status \d/)
})
