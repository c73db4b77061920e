import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@infrakit/rpc/client'
import { instanceInterface, type InstanceDescription } from '@infrakit/spi'
import { startProcess, temporaryFolder, waitUntil } from '@infrakit/testing'
import t from 'tap'
import { countOf, endAllOf, type Shown } from './support.js'

const root = new URL('../../../../', import.meta.url)
const fileOf = (path: string) => fileURLToPath(new URL(path, root))

const programs = {
  group: 'plugins/group/bin/infrakit-group-default.js',
  'flavor-vanilla': 'plugins/flavor-vanilla/bin/infrakit-flavor-vanilla.js',
  'instance-process': 'plugins/instance-process/bin/infrakit-instance-process.js',
}

function answerOf({ Host, Port }: { Host: string; Port: number }): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host: Host, port: Port, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () => resolve(text.trim()))
    })
    request.on('error', reject)
  })
}

t.test('the example runs as it stands; a killed process is replaced, at once and by one', async (t) => {
  const home = await temporaryFolder(t)
  const [pluginsDir, dir] = [join(home, 'p'), join(home, 'processes')]
  const env = { INFRAKIT_HOME: home, INFRAKIT_PLUGINS_DIR: pluginsDir, NO_COLOR: '1' }
  t.teardown(() => endAllOf(dir))
  const started = Object.entries(programs).map(([name, path]) => ({ name, ...startProcess(t, fileOf(path), [], env) }))
  for (const { name, output } of started) {
    const listens = () => output().includes('listening') && existsSync(join(pluginsDir, name))
    await waitUntil(`${name} to listen`, listens, 60_000)
  }
  const infrakit = async (...args: string[]) => {
    const run = startProcess(t, fileOf('cli/bin/infrakit.js'), args, env)
    const [code] = (await once(run.child, 'close')) as [number | null]
    t.equal(code, 0, `${args.join(' ')}: ${run.output()}`)
  }
  const client = createClient({ path: join(pluginsDir, 'instance-process') })
  t.teardown(() => client.close())
  const instance = client.bind(instanceInterface)
  const list = async (): Promise<InstanceDescription[]> => {
    const { Descriptions } = await instance.describeInstances({ Tags: { tier: 'web' }, Properties: true })
    return Descriptions
  }
  /** Those that answer with their own name on the port they say. */
  const serving = async () => {
    const answers = (await list()).map(async ({ ID, Properties }) => {
      const [endpoint] = (Properties as Shown).Endpoints
      return endpoint && (await answerOf(endpoint).catch(() => '')) === ID
    })
    return (await Promise.all(answers)).filter(Boolean).length
  }

  await infrakit('group', 'commit', fileOf('plugins/instance-process/example.yml'))
  await waitUntil('three that serve', async () => (await serving()) === 3, 60_000)
  const [victim, ...others] = await list()
  const { Pid } = victim?.Properties as Shown
  // It serves, so it runs. (Zero would be this process and all its kin.)
  if (!Pid) throw new Error(`${victim?.ID} has no process`)
  process.kill(Pid, 'SIGKILL')
  const replaced = async () => {
    const now = (await list()).map(({ ID }) => ID)
    return now.length === 3 && !now.includes(victim?.ID ?? '') && (await serving()) === 3
  }
  await waitUntil('another one in its place', replaced, 60_000)
  const ids = (await list()).map(({ ID }) => ID)
  t.ok(
    others.every(({ ID }) => ids.includes(ID)),
    'the others are the same',
  )
  t.equal(countOf(dir), 3)
  await infrakit('group', 'destroy', '--quiet', '--wait', 'process-example')
  t.same(await list(), [])
  t.equal(countOf(dir), 0)
})
