import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { kindOf, tag } from '@infrakit/spi'
import { temporaryFolder, waitUntil } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { serve } from './serve.js'
import { countAllOf, countOf, foldersIn, sh } from './support.js'

type Served = Awaited<ReturnType<typeof serve>>

/** Two processes, one of which leaves the session, and commands that run before. */
const properties = { ...sh('setsid sleep 100000 & exec sleep 100000'), Ports: [{ Name: 'http' }] }
const Spec = { Properties: properties, Init: 'true', Tags: { [tag.provision]: 'key' } }

/** What a caller does who wants an instance made, stopped, started and destroyed, and what is to be there afterwards. */
const steps: readonly {
  name: string
  call: (served: Served) => Promise<unknown>
  processes: number
  folders: number
}[] = [
  { name: 'provision', call: ({ instance }) => instance.provision({ Spec }), processes: 2, folders: 1 },
  { name: 'stop', call: async (s) => s.lifecycle.stop({ Instance: await theOne(s) }), processes: 0, folders: 1 },
  { name: 'start', call: async (s) => s.lifecycle.start({ Instance: await theOne(s) }), processes: 2, folders: 1 },
  { name: 'destroy', call: destroy, processes: 0, folders: 0 },
]

async function theOne({ instance }: Served): Promise<string> {
  const { Descriptions } = await instance.describeInstances({ Tags: Spec.Tags })
  const [one, ...others] = Descriptions
  if (!one || others.length > 0) throw new Error(`expected one instance, there are ${Descriptions.length}`)
  return one.ID
}

async function destroy(served: Served): Promise<void> {
  const { Descriptions } = await served.instance.describeInstances({ Tags: Spec.Tags })
  for (const { ID } of Descriptions) {
    await served.instance.destroy({ Instance: ID }).catch((error: unknown) => {
      if (kindOf(error) !== 'not-found') throw error
    })
  }
}

/**
 * Goes through the steps; when the plugin dies it is started again, and asked again. Answers how many processes each death
 * left running.
 */
async function live(t: Test, env: Record<string, string>): Promise<number[]> {
  const home = await temporaryFolder(t)
  let served = await serve(t, home, env)
  const deaths: number[] = []
  let ports: unknown
  for (const { name, call, processes, folders } of steps) {
    try {
      await call(served)
    } catch {
      t.match(await served.started.exited, { signal: 'SIGKILL' })
      deaths.push(countAllOf(served.dir))
      served = await serve(t, home)
      await call(served)
    }
    const { dir } = served
    await waitUntil(`${name}: ${processes} processes`, () => countOf(dir) === processes)
    t.equal((await foldersIn(dir)).length, folders, `${name}: ${folders} instances`)
    if (folders === 0) continue
    const { Descriptions } = await served.instance.describeInstances({ Properties: true })
    t.match(Descriptions, [{ State: name === 'stop' ? 'stopped' : undefined }])
    const { Endpoints } = Descriptions[0]?.Properties as { Endpoints: unknown }
    t.same(Endpoints, (ports ??= Endpoints), 'the ports are kept')
  }
  await served.started.end('SIGTERM')
  return deaths
}

/** The moments of a life at which a crash could do harm: `name:N`. */
async function moments(t: Test): Promise<string[]> {
  const journal = join(await temporaryFolder(t), 'journal')
  t.same(await live(t, { INFRAKIT_FAILPOINT_JOURNAL: journal }), [])
  const passes = new Map<string, number>()
  const all = readFileSync(journal, 'utf8').trim().split('\n')
  return all.flatMap((name) => {
    const pass = (passes.get(name) ?? 0) + 1
    passes.set(name, pass)
    return name.startsWith('instance/') ? [`${name}:${pass}`] : []
  })
}

t.test('killed at any moment: none is lost, none is doubled, nothing runs that belongs to nobody', async (t) => {
  const all = await moments(t)
  const own = new Set(all.map((one) => one.split(':')[0] ?? '').filter((name) => name.startsWith('instance/')))
  t.same(
    [...own].sort(),
    'destroying ended initialized made recorded removed spawn spawned started starting stopped stopping'
      .split(' ')
      .map((name) => `instance/${name}`),
  )
  const waiting = [...all]
  const left = new Map<string, number>()
  const worker = async () => {
    for (let moment = waiting.shift(); moment !== undefined; moment = waiting.shift()) {
      const deaths = await live(t, { INFRAKIT_FAILPOINT: moment })
      t.equal(deaths.length, 1, `it died at ${moment}`)
      left.set(moment, deaths[0] ?? 0)
    }
  }
  await Promise.all(Array.from({ length: 3 }, worker))
  // Control: without what its next start does, there would be processes that belong to nothing.
  t.ok((left.get('instance/spawned:1') ?? 0) > 0, 'a death after the spawn leaves processes')
  t.ok((left.get('instance/stopping:1') ?? 0) > 0, 'and so does one before they are ended')
})
