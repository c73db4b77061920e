import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tag } from '@infrakit/spi'
import { temporaryFolder, waitUntil } from '@infrakit/testing'
import { unique } from '@infrakit/testing/engine'
import t, { type Test } from 'tap'
import { needsCompose, serve, userProject, waits, type Served } from './support.js'

const file = `
services:
  app: {image: IMAGE, command: ${waits}, ports: ["80"], depends_on: [db]}
  db: {image: IMAGE, command: ${waits}}
`

/** What a caller does who wants one instance, and gives up never; after a death with the plugin's next life. */
async function provisionTwice(t: Test, home: string, env: Record<string, string>) {
  const project = await userProject(t, { 'compose.yml': file })
  const namespace = unique('crash')
  let life: Served = await serve(t, { home, namespace })
  const Properties = { Files: project.file, Project: project.name, Service: 'app' }
  const { Resolved } = await life.resolve.resolve({ Properties })
  const Spec = {
    Properties: { ...Properties, Resolved: Resolved as object },
    Init: 'touch /done',
    Tags: { [tag.provision]: unique('key') },
  }
  life = await life.again('SIGTERM', { env })
  let died = 0
  let id: string
  try {
    id = (await life.instance.provision({ Spec })).ID
  } catch {
    t.match(await life.started.exited, { signal: 'SIGKILL' })
    died++
    life = await serve(t, { home, namespace })
    id = (await life.instance.provision({ Spec })).ID
  }
  return { life, Spec, id, died, project }
}

/** All moments; Compose runs twice, once for the side service. */
const moments = [
  'compose/begun',
  'sides/up',
  'compose/begun',
  'provision/created',
  'provision/started',
  'provision/initialized',
  'provision/settled',
]

t.test('killed at any moment of a provision: one container for its key, nothing else', needsCompose, async (t) => {
  const journal = join(await temporaryFolder(t), 'journal')
  const whole = await provisionTwice(t, await temporaryFolder(t), { INFRAKIT_FAILPOINT_JOURNAL: journal })
  t.equal(whole.died, 0)
  const points = readFileSync(journal, 'utf8')
    .trim()
    .split('\n')
    .filter((name) => /^(?:provision|compose|sides)\//.test(name))
  t.same(points, moments)
  const lives = points.map(async (point, at) => {
    const pass = points.slice(0, at + 1).filter((one) => one === point).length
    const what = `${point}:${pass}`
    const { life, Spec, id, died, project } = await provisionTwice(t, await temporaryFolder(t), {
      INFRAKIT_FAILPOINT: what,
    })
    t.equal(died, 1, what)
    // What a Compose that outlived the plugin still makes is never started, and goes when it is seen.
    await waitUntil(`${what}: one container`, async () => {
      await life.ids()
      return life.containers().length === 1
    })
    t.same(await life.ids(), [id], what)
    t.equal((await life.instance.provision({ Spec })).ID, id, `${what}: the key is known`)
    t.match(await life.describe(id), { State: undefined })
    t.equal(project.containers().length, 2, `${what}: one side service beside it`)
    await life.instance.destroy({ Instance: id })
    t.same(life.containers(), [], what)
  })
  await Promise.all(lives)
})

t.test('a key that is repeated, at the same time too, gives one container', needsCompose, async (t) => {
  const project = await userProject(t, { 'compose.yml': file })
  const life = await serve(t)
  const Properties = { Files: project.file, Project: project.name, Service: 'app' }
  const specOf = (key: string) => ({ Properties, Tags: { [tag.provision]: key } })
  const [Spec, other] = [specOf(unique('key')), specOf(unique('key'))]
  const all = await Promise.all([Spec, Spec, Spec, other, other].map((one) => life.instance.provision({ Spec: one })))
  const ids = [...new Set(all.map(({ ID }) => ID))]
  t.equal(ids.length, 2)
  t.same(await life.ids(), ids.sort())
  const [id = ''] = all.map(({ ID }) => ID)
  await life.lifecycle.stop({ Instance: id })
  const again = await life.again()
  t.equal((await again.instance.provision({ Spec })).ID, id, 'also of one that is stopped, in another life')
  t.match(await again.describe(id), { State: 'stopped' })
  const third = specOf(unique('key'))
  await t.rejects(again.instance.provision({ Spec: { ...third, Init: 'exit 1' } }))
  t.equal(life.containers().length, 2, 'what failed left nothing')
  t.ok((await again.instance.provision({ Spec: third })).ID, 'and is not remembered: its key can be tried again')
})
