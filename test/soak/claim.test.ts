import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createPlugins, listPlugins } from '@infrakit/discovery'
import { createClient } from '@infrakit/rpc/client'
import { metadataInterface } from '@infrakit/spi'
import { rejection, runScript, temporaryFolder, waitUntil, type Child, type StartedProcess } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { runPlugin } from '../faults/world.js'
import { figure, soaked } from './soak.js'

const script = new URL('../environment/contender.js', import.meta.url)
const tcp = ['--listen', 'tcp://127.0.0.1:0', '--insecure']

async function pluginFolder(t: Test): Promise<string> {
  const dir = join(await temporaryFolder(t), 'plugins')
  await mkdir(dir, { mode: 0o700 })
  return dir
}

/** How one of them fared in a round: `serves`, or the words with which it was refused. */
async function outcome(child: Child, round: string): Promise<string> {
  const line = () => new RegExp(`^${round}: (.*)$`, 'm').exec(child.output())?.[1]
  return waitUntil(`${child.pid} to serve or give up`, line, 60_000)
}

/** What was wrong in a round in which these began at once; empty when exactly one of them serves, and is found. */
async function contend(
  dir: string,
  children: readonly Child[],
  round: string,
): Promise<{ wrong: string[]; winner: Child | undefined }> {
  for (const child of children) child.tell(round)
  const outcomes = await Promise.all(children.map((child) => outcome(child, round)))
  const winners = children.filter((_, at) => outcomes[at] === 'serves')
  const [winner] = winners
  const wrong = winners.length === 1 ? [] : [`round ${round}: ${winners.length} serve`]
  const expected = `refused, conflict: plugin 'x' is already running: process ${winner?.pid}.`
  const refused = outcomes.filter((text) => text !== 'serves')
  wrong.push(...refused.filter((text) => text !== expected).map((text) => `round ${round}: ${text}`))
  const answered = await whoAnswers(dir)
  if (answered !== winner?.pid) wrong.push(`round ${round}: ${answered} answers, not ${winner?.pid}`)
  return { wrong, winner }
}

/** The pid that the plugin says of itself, over the socket or port where others find it. */
async function whoAnswers(dir: string): Promise<unknown> {
  const plugins = createPlugins(dir)
  try {
    const said = await (await plugins.get(metadataInterface, 'x')).get({ Path: 'pid' })
    const [found] = await plugins.list()
    return found?.pid === said.Value ? said.Value : `${String(said.Value)} (${found?.pid} by its lock)`
  } catch (error) {
    return String(error)
  } finally {
    plugins.close()
  }
}

/** As many rounds, with the winner killed after each: the next one begins over a stale socket. */
async function rounds(t: Test, dir: string, many: number, kinds: readonly (readonly string[])[]): Promise<string[]> {
  const begin = async (args: readonly string[]) => runScript(t, script, args)
  const children = await Promise.all(kinds.map(begin))
  const wrong: string[] = []
  for (let round = 0; round < many; round++) {
    const { wrong: found, winner } = await contend(dir, children, `round-${round}`)
    wrong.push(...found)
    const at = winner ? children.indexOf(winner) : 0
    await children[at]?.kill()
    children[at] = await begin(kinds[at] ?? [])
  }
  await Promise.all(children.map((child) => child.kill()))
  return wrong
}

for (const [what, count, short, some] of [
  ['two', 2, 10, false],
  ['eight', 8, 5, false],
  ['eight, some of them on TCP', 8, 3, true],
] as const) {
  const many = soaked(short, 100)
  t.test(`${what} of one name at once, over what a killed one left, ${many} times: exactly one serves`, async (t) => {
    const dir = await pluginFolder(t)
    const args = ['--name', 'x', '--plugins-dir', dir]
    const kinds = Array.from({ length: count }, (_, n) => (some && n % 3 === 0 ? [...args, ...tcp] : args))
    t.same(await rounds(t, dir, many, kinds), [])
    figure(`rounds in which ${what} of one name were started at once`, many)
  })
}

t.test('control: of those that remove what is there and bind, several serve', async (t) => {
  const dir = await pluginFolder(t)
  const kinds = Array.from({ length: 8 }, () => ['naive', dir, 'x'])
  t.match((await rounds(t, dir, 2, kinds)).join('\n'), /[2-8] serve/)
})

/** Two executables as users start them. */
async function startBoth(t: Test, dir: string, home: string): Promise<StartedProcess[]> {
  const env = { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: dir }
  return ['x', 'x'].map((name) => runPlugin(t, 'instance-file', { args: ['--name', name], env }))
}

const times = soaked(2, 100)
t.test(
  `an executable started twice at once, ${times} times: one serves, the other says who and ends with 1`,
  async (t) => {
    const dir = await pluginFolder(t)
    for (let round = 0; round < times; round++) {
      const pair = await startBoth(t, dir, join(dir, '..'))
      const loser = await waitUntil('one to give up', () => pair.find(({ child }) => child.exitCode !== null), 60_000)
      const winner = pair.find((one) => one !== loser)
      t.equal(loser.child.exitCode, 1, `round ${round}`)
      await waitUntil('the other to serve', () => winner?.output().includes('listening'), 60_000)
      const clear = `infrakit-instance-file: plugin 'x' is already running: process ${winner?.pid}\n  Stop it`
      t.match(await waitUntil('its words', () => loser.output()), clear)
      t.match(await listPlugins(dir), [{ name: 'x', pid: winner?.pid }])
      const client = createClient({ path: join(dir, 'x') })
      t.equal(await rejection(client.handshake()), undefined, 'and it answers')
      client.close()
      await winner?.end('SIGKILL')
    }
  },
)
