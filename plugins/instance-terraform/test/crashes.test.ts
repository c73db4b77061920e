import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openProcessTable } from '@infrakit/programs'
import { kindOf, tag } from '@infrakit/spi'
import { temporaryFolder, waitUntil } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { serve, type Served } from './serve.js'
import { filesIn, needsTerraform, one, open, rejection, slow, stateOf } from './support.js'

const table = openProcessTable()

/** The processes by which Terraform changes something in a folder. */
const appliers = (dir: string) => table.marked(`${dir}.`).filter(({ Pid }) => isApply(Pid))

function isApply(pid: number): boolean {
  const [program = '', command] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  return program.endsWith('/terraform') && command === 'apply'
}

const Tags = { [tag.provision]: 'key' }
const Spec = { Properties: one(), Tags }

/** What a caller does, and how many resources there are afterwards. */
const steps: readonly { call: (served: Served) => Promise<unknown>; resources: number }[] = [
  { call: ({ instance }) => instance.provision({ Spec }), resources: 2 },
  { call: destroy, resources: 0 },
]

async function destroy({ instance }: Served): Promise<void> {
  const { Descriptions } = await instance.describeInstances({ Tags })
  for (const { ID } of Descriptions) {
    await instance.destroy({ Instance: ID }).catch((error: unknown) => {
      if (kindOf(error) !== 'not-found') throw error
    })
  }
}

/** Goes through the steps and is killed in each at its moment; then the plugin is started again, and asked again. */
async function live(t: Test, moments: readonly Record<string, string>[]): Promise<void> {
  const home = await temporaryFolder(t)
  for (const [i, { call, resources }] of steps.entries()) {
    const first = await serve(t, home, moments[i])
    await t.rejects(call(first))
    t.match(await first.started.exited, { signal: 'SIGKILL' })
    const served = await serve(t, home)
    await call(served)
    t.equal(stateOf(served.dir).length, resources, JSON.stringify(moments[i]))
    t.equal(filesIn(served.dir).length, resources === 0 ? 0 : 1)
    const { Descriptions } = await served.instance.describeInstances({ Tags })
    t.match(Descriptions, resources === 0 ? [] : [{ State: undefined }])
    await served.started.end('SIGTERM')
  }
}

/** The moments of each step at which a crash could do harm. */
async function moments(t: Test): Promise<string[][]> {
  const home = await temporaryFolder(t)
  const all: string[][] = []
  for (const [i, { call }] of steps.entries()) {
    const journal = join(home, `journal-${i}`)
    const served = await serve(t, home, { INFRAKIT_FAILPOINT_JOURNAL: journal })
    await call(served)
    await served.started.end('SIGTERM')
    const passed = readFileSync(journal, 'utf8')
      .split('\n')
      .filter((name) => name.startsWith('terraform/'))
    all.push(passed.map((name) => name.replace('terraform/', '')))
  }
  return all
}

t.test('killed at any moment: none is lost, none is doubled, nothing is left', needsTerraform, async (t) => {
  const all = await moments(t)
  t.same(all, [
    ['written', 'apply', 'started', 'applying', 'applied'],
    ['aside', 'apply', 'started', 'applying', 'applied'],
  ])
  const at = (name: string | undefined) => ({ INFRAKIT_FAILPOINT: `terraform/${name}` })
  const lives = (all[0] ?? []).map((name, i) => () => live(t, [at(name), at(all[1]?.[i])]))
  for (const two of [lives.slice(0, 2), lives.slice(2)]) await Promise.all(two.map((begin) => begin()))
})

t.test(
  'killed while it labels: the label is not there, or it is, and can be put on again',
  needsTerraform,
  async (t) => {
    const home = await temporaryFolder(t)
    const first = await serve(t, home, { INFRAKIT_FAILPOINT: 'terraform/apply:2' })
    const { ID } = await first.instance.provision({ Spec })
    await t.rejects(first.instance.label({ Instance: ID, Labels: { a: 'b' } }))
    const second = await serve(t, home)
    t.match((await second.instance.describeInstances({ Tags })).Descriptions, [{ ID, State: undefined }])
    await second.instance.label({ Instance: ID, Labels: { a: 'b' } })
    t.match((await second.instance.describeInstances({ Tags })).Descriptions, [{ ID, Tags: { ...Tags, a: 'b' } }])
  },
)

/** Kills the plugin while Terraform works. */
async function worksOn(t: Test, env: Record<string, string>): Promise<void> {
  const home = await temporaryFolder(t)
  const first = await serve(t, home, env)
  const command = 'until [ -e go ]; do sleep 0.05; done'
  const Properties = one({ provisioner: [{ 'local-exec': { command } }] })
  const making = first.instance.provision({ Spec: { Properties, Tags } }).catch(() => undefined)
  await waitUntil('Terraform to work', () => appliers(first.dir).length === 1)
  await first.started.end('SIGKILL')
  await making
  t.equal(appliers(first.dir).length, 1, 'it outlives the plugin')
  const second = await serve(t, home)
  t.same((await second.instance.describeInstances({ Tags })).Descriptions, [], 'it is not there yet')
  const again = second.instance.provision({ Spec: { Properties, Tags } })
  writeFileSync(join(second.dir, 'go'), '')
  const { ID } = await again
  t.match((await second.instance.describeInstances({ Tags })).Descriptions, [{ ID, State: undefined }])
  t.same(stateOf(second.dir), [`terraform_data.${ID}`, `terraform_data.${ID}-web`], 'it was made once')
  const { Lines } = await second.logs.tail({ Instance: ID })
  t.equal(Lines.filter((line) => /-web: Creating/.test(line)).length, 1)
}

t.test('Terraform works on while the plugin is dead; the next one waits for it', needsTerraform, (t) => worksOn(t, {}))

t.test('and so it does when the plugin had no time to write down that it works', needsTerraform, (t) =>
  worksOn(t, { INFRAKIT_FAILPOINT: 'terraform/started' }),
)

t.test('a killed Terraform: what it was at is undone, and its lock hinders nobody', needsTerraform, async (t) => {
  const { make, list, dir } = await open(t)
  const good = await make(one())
  const making = rejection(make(slow(60)))
  const [victim] = await waitUntil('Terraform to work', () => appliers(dir).length === 1 && appliers(dir))
  if (victim) table.signal(victim, 'SIGKILL')
  t.match(await making, { kind: 'plugin-failed', message: /it was killed|did not make|does not say/ })
  t.same(
    (await list()).map(({ ID }) => ID),
    [good],
  )
  t.same(filesIn(dir), [`${good}.tf.json`])
  t.same(stateOf(dir), [`terraform_data.${good}`, `terraform_data.${good}-web`])
  t.match(await make(one()), /^instance-/)
})
