import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tag } from '@infrakit/spi'
import { temporaryFolder, waitUntil } from '@infrakit/testing'
import { docker, needsDocker, testImage, unique } from '@infrakit/testing/engine'
import t, { type Test } from 'tap'
import { serve, waits } from './support.js'

type Life = Awaited<ReturnType<typeof serve>>

const specOf = (key: string) => ({
  Properties: { image: testImage('busybox'), command: waits, ports: [80] },
  Init: 'touch /done',
  Tags: { [tag.provision]: key },
})

/** What a caller does who wants one instance, and gives up never; after a death with the plugin's next life. */
async function provisionTwice(t: Test, home: string, env: Record<string, string>) {
  const namespace = unique('crash')
  const Spec = specOf(unique('key'))
  let life: Life = await serve(t, { home, namespace, env })
  let died = 0
  let left = 0
  let id: string
  try {
    id = (await life.instance.provision({ Spec })).ID
  } catch {
    t.match(await life.started.exited, { signal: 'SIGKILL' })
    died++
    left = life.containers().length
    life = await serve(t, { home, namespace })
    id = (await life.instance.provision({ Spec })).ID
  }
  return { life, Spec, id, died, left }
}

t.test('killed at any moment of a provision: one container for its key, nothing else', needsDocker, async (t) => {
  const journal = join(await temporaryFolder(t), 'journal')
  const whole = await provisionTwice(t, await temporaryFolder(t), { INFRAKIT_FAILPOINT_JOURNAL: journal })
  t.equal(whole.died, 0)
  const points = readFileSync(journal, 'utf8')
    .trim()
    .split('\n')
    .filter((name) => name.startsWith('provision/'))
  t.same(points, ['provision/created', 'provision/started', 'provision/initialized', 'provision/settled'])
  const lives = points.map(async (point) => {
    const { life, Spec, id, died, left } = await provisionTwice(t, await temporaryFolder(t), {
      INFRAKIT_FAILPOINT: `${point}:1`,
    })
    t.equal(died, 1, point)
    // Control: without what the next life does, what was half made would stay.
    t.equal(left, 1, `${point}: a death leaves a container`)
    t.same(await life.ids(), [id], point)
    t.equal(life.containers().length, 1, point)
    t.equal((await life.instance.provision({ Spec })).ID, id, `${point}: the key is known`)
    t.match(await life.describe(id), { State: undefined })
    await life.instance.destroy({ Instance: id })
    t.same(life.containers(), [], point)
  })
  await Promise.all(lives)
})

t.test('a key that is repeated, at the same time too, gives one container', needsDocker, async (t) => {
  const life = await serve(t)
  const Spec = specOf(unique('key'))
  const other = specOf(unique('key'))
  const all = await Promise.all([Spec, Spec, Spec, other, other].map((one) => life.instance.provision({ Spec: one })))
  const ids = [...new Set(all.map(({ ID }) => ID))]
  t.equal(ids.length, 2)
  t.same(await life.ids(), ids.sort())
  const [id = ''] = all.map(({ ID }) => ID)
  await life.lifecycle.stop({ Instance: id })
  const again = await life.again()
  t.equal((await again.instance.provision({ Spec })).ID, id, 'also of one that is stopped, in another life')
  await again.instance.destroy({ Instance: id })
  t.not((await again.instance.provision({ Spec })).ID, id, 'what was destroyed is not given')
  t.equal(life.containers().length, 2)
  const third = specOf(unique('key'))
  await t.rejects(again.instance.provision({ Spec: { ...third, Init: 'exit 1' } }))
  t.equal(life.containers().length, 2)
  t.ok(
    (await again.instance.provision({ Spec: third })).ID,
    'what failed is not remembered: its key can be tried again',
  )
})

t.test('what the engine made after its creation had been given up is no instance, and goes', needsDocker, async (t) => {
  const life = await serve(t)
  const labels = { 'infrakit.instance-docker': life.namespace, 'infrakit.instance-docker.intent': 'given-up' }
  const flags = Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`])
  docker('create', ...flags, testImage('busybox'))
  t.equal(life.containers().length, 1)
  t.same(await life.ids(), [])
  await waitUntil('it to go', () => life.containers().length === 0)
})
