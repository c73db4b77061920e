import type { InstanceDescription } from '@infrakit/spi'
import { temporaryFolder, waitUntil } from '@infrakit/testing'
import { answerOf, repositoryFile, startGroup } from '@infrakit/testing/repository'
import t from 'tap'
import { serve } from './serve.js'
import { countOf, type Shown } from './support.js'

t.test('the example runs as it stands; a killed process is replaced, at once and by one', async (t) => {
  const home = await temporaryFolder(t)
  const { dir, instance } = await serve(t, home)
  const infrakit = await startGroup(t, home)
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

  await infrakit('group', 'commit', repositoryFile('plugins/instance-process/example.yml'))
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
