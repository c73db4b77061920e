import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder, type Teardown } from '@infrakit/testing'
import { findProgram } from '@infrakit/programs'
import t from 'tap'
import { filesIn, needsTerraform, one, open, rejection, slow, stateOf } from './support.js'

/** A `terraform` that notes how it was called. */
async function counting(t: Teardown): Promise<{ program: string; count(command: string): number }> {
  const dir = await temporaryFolder(t)
  const [program, calls] = [join(dir, 'terraform'), join(dir, 'calls')]
  const real = findProgram('terraform', process.env['PATH'] ?? '', dir, 'terraform')
  writeFileSync(calls, '')
  writeFileSync(program, `#!/bin/sh\necho "$1" >> '${calls}'\nexec '${real}' "$@"\n`, { mode: 0o755 })
  return {
    program,
    count: (name) =>
      readFileSync(calls, 'utf8')
        .split('\n')
        .filter((line) => line === name).length,
  }
}

t.test('many at once share runs of Terraform', needsTerraform, async (t) => {
  const { program, count } = await counting(t)
  const { make, list, instance, dir } = await open(t, { program })
  const ids = await Promise.all(Array.from({ length: 20 }, () => make(slow(0.3))))
  t.equal(new Set(ids).size, 20)
  t.equal((await list()).length, 20)
  t.ok(count('apply') <= 2, `${count('apply')} runs for 20 instances`)
  const before = count('apply')
  await Promise.all(ids.map((Instance) => instance.destroy({ Instance })))
  t.ok(count('apply') - before <= 2, 'and for their end')
  t.same([await list(), stateOf(dir), filesIn(dir)], [[], [], []])
})

t.test(
  'one that Terraform refuses leaves the others of its batch alone, and nothing behind',
  needsTerraform,
  async (t) => {
    const { make, list, dir } = await open(t)
    const bad = [one({ input: '${local.none}' }), one({ no_such_argument: 1 })]
    const failing = [
      ...bad,
      one({ provisioner: [{ 'local-exec': { command: 'echo because >&2; exit 3' } }] }),
      one({
        lifecycle: { precondition: [{ condition: '${local.infrakit.ID == "x"}', error_message: 'it is not to be' }] },
      }),
    ]
    const results = await Promise.allSettled([...failing, one(), one()].map((properties) => make(properties)))
    const words = results.map((result) => (result.status === 'rejected' ? String(result.reason) : 'made'))
    t.match(words[0], /instance-\d+\.tf\.json line \d+, in .*undeclared local value/s)
    t.match(words[1], /instance-\d+\.tf\.json line \d+.*no_such_argument/s)
    t.match(words[2], /local-exec provisioner error.*because/s)
    t.match(words[3], /it is not to be/)
    t.same(words.slice(4), ['made', 'made'])
    const left = (await list()).map(({ ID }) => ID)
    t.equal(left.length, 2)
    t.same(filesIn(dir), left.map((id) => `${id}.tf.json`).sort())
    t.equal(stateOf(dir).length, 4)
  },
)

t.test('a repeated key gives the same instance, also at the same time and after its end', needsTerraform, async (t) => {
  const { make, list, instance } = await open(t)
  const keyed = () => make(one(), { Tags: { 'infrakit.provision': 'k1' } })
  const [first, second] = await Promise.all([keyed(), keyed()])
  t.equal(first, second)
  t.equal(await keyed(), first)
  t.equal((await list()).length, 1)
  await instance.destroy({ Instance: first ?? '' })
  t.equal(await keyed(), first)
  t.equal((await list()).length, 1)
})

t.test('changes of one instance at the same time come one after the other', needsTerraform, async (t) => {
  const { make, describe, instance } = await open(t)
  const Instance = await make(one())
  const labels = Array.from({ length: 5 }, (_, i) => instance.label({ Instance, Labels: { [`l${i}`]: 'x' } }))
  await Promise.all(labels)
  t.match((await describe(Instance))?.Tags, { l0: 'x', l1: 'x', l2: 'x', l3: 'x', l4: 'x' })
  await Promise.allSettled([instance.label({ Instance, Labels: { a: 'b' } }), instance.destroy({ Instance })])
  t.equal(await describe(Instance), undefined)
  t.match(await rejection(instance.destroy({ Instance })), { kind: 'not-found' })
})

t.test('a label never replaces what it is put on', needsTerraform, async (t) => {
  const { make, describe, instance } = await open(t)
  const Instance = await make(one({ triggers_replace: '${local.infrakit.Tags}' }))
  const before = await describe(Instance)
  const error = await rejection(instance.label({ Instance, Labels: { a: 'b' } }))
  t.match(error, { kind: 'plugin-failed', message: /would do more .*replace terraform_data\.instance-\d+-web/ })
  t.same(await describe(Instance), before)
})
