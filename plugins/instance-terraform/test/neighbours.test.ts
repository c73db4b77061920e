import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { filesIn, handMade, needsTerraform, one, open, rejection, slow, stateOf, terraform } from './support.js'

const locked = (dir: string) =>
  waitUntil('somebody to lock the state', () => existsSync(join(dir, '.terraform.tfstate.lock.info')))

t.test("the user's own resources are left alone, and what is not applied yet stays so", needsTerraform, async (t) => {
  const { make, instance, list, dir } = await open(t)
  handMade(dir, { mine: { input: 1 }, 'instance-7': { input: 1 }, 'instance-7-web': { input: 1 } })
  terraform(dir, 'apply', '-auto-approve')
  const before = terraform(dir, 'state', 'show', '-no-color', 'terraform_data.mine')
  t.same(await list(), [], 'whatever they are called')
  t.match(await rejection(instance.destroy({ Instance: 'instance-7' })), { kind: 'not-found' })
  handMade(dir, { mine: { input: 2 }, another: {} })
  const id = await make(one())
  await instance.label({ Instance: id, Labels: { a: 'b' } })
  await instance.destroy({ Instance: id })
  t.equal(terraform(dir, 'state', 'show', '-no-color', 'terraform_data.mine'), before)
  t.same(stateOf(dir), ['terraform_data.instance-7', 'terraform_data.instance-7-web', 'terraform_data.mine'])
})

t.test('what an instance depends on is made with it, and never changed for it', needsTerraform, async (t) => {
  const { make, dir, list } = await open(t)
  handMade(dir, { network: { input: 'a' }, other: {} })
  const attached = one({ input: '${terraform_data.network.output}' })
  const id = await make(attached)
  t.same(stateOf(dir), [`terraform_data.${id}`, `terraform_data.${id}-web`, 'terraform_data.network'])
  handMade(dir, { network: { input: 'b' }, other: {} })
  const error = await rejection(make(attached))
  t.match(error, { kind: 'plugin-failed', message: /more than it was asked for: update terraform_data\.network/ })
  t.equal((await list()).length, 1)
  terraform(dir, 'apply', '-auto-approve', '-target=terraform_data.network')
  t.match(await make(attached), /^instance-/, 'once it was applied by hand')
})

t.test("a user's apply at the same time: both are done", needsTerraform, async (t) => {
  const { make, list, dir } = await open(t)
  handMade(dir, { mine: { provisioner: [{ 'local-exec': { command: 'sleep 1' } }] } })
  const theirs = spawn('terraform', ['apply', '-auto-approve'], { cwd: dir, stdio: 'ignore' })
  await locked(dir)
  const ids = await Promise.all([make(one()), make(one())])
  if (theirs.exitCode === null) await once(theirs, 'exit')
  t.equal(theirs.exitCode, 0)
  t.same(
    (await list()).map(({ ID, State }) => [ID, State]),
    ids.sort().map((id) => [id, undefined]),
  )
  t.equal(stateOf(dir).length, 5)
})

t.test('who waits too long for a lock is told who has it, and nothing is left', needsTerraform, async (t) => {
  const { make, list, dir, instance } = await open(t, { lockTimeout: 1 })
  const id = await make(one())
  handMade(dir, { mine: { provisioner: [{ 'local-exec': { command: 'sleep 4' } }] } })
  const theirs = spawn('terraform', ['apply', '-auto-approve', '-target=terraform_data.mine'], {
    cwd: dir,
    stdio: 'ignore',
  })
  await locked(dir)
  const error = await rejection(make(one()))
  t.match(error, { kind: 'unavailable', message: /is locked by .+@.+ since 20/ })
  t.match(error.hint, /force-unlock [0-9a-f-]{36}/)
  t.same(
    (await list()).map(({ ID }) => ID),
    [id],
    'what is there can be seen meanwhile',
  )
  if (theirs.exitCode === null) await once(theirs, 'exit')
  t.same(filesIn(dir), [`${id}.tf.json`])
  await instance.destroy({ Instance: id })
})

t.test("a user's destroy: instances are told to have failed, and go for good when asked", needsTerraform, async (t) => {
  const { make, list, dir, instance, describe, events } = await open(t)
  const [whole, part] = [await make(one()), await make(one())]
  terraform(dir, 'state', 'rm', `terraform_data.${part}-web`)
  t.match(await describe(part), {
    State: 'failed',
    StateReason: /instance-\d+-web is not in Terraform's state any more/,
  })
  t.notMatch(await describe(whole), { State: 'failed' })
  events.length = 0
  terraform(dir, 'destroy', '-auto-approve')
  await waitUntil('a hint', () => events.length > 0)
  t.match(await list(), [{ State: 'failed' }, { State: 'failed' }])
  await Promise.all([whole, part].map((Instance) => instance.destroy({ Instance })))
  t.same([await list(), filesIn(dir), stateOf(dir)], [[], [], []])
})

t.test("while the user's configuration is broken instances are unknown, not gone", needsTerraform, async (t) => {
  const { make, list, dir, instance } = await open(t)
  const id = await make(one())
  writeFileSync(join(dir, 'main.tf'), 'variable "x" {}\nresource "terraform_data" {\n')
  t.match(await rejection(list()), { kind: 'unavailable', message: /main\.tf line 2/ })
  t.match(await rejection(make(one())), { kind: 'unavailable', message: /main\.tf line 2/ })
  await t.rejects(instance.destroy({ Instance: id }))
  rmSync(join(dir, 'main.tf'))
  t.match(await list(), [{ ID: id }])
  t.same(filesIn(dir), [`${id}.tf.json`])
})

t.test('an instance whose file somebody removed is there until it is destroyed', needsTerraform, async (t) => {
  const { make, list, dir, instance } = await open(t)
  const id = await make(one(), { Tags: { a: 'b' } })
  rmSync(join(dir, `${id}.tf.json`))
  t.match(await list(), [{ ID: id, Tags: { a: 'b' } }])
  t.match(await rejection(instance.label({ Instance: id, Labels: { c: 'd' } })), { message: /its file .* is gone/ })
  await instance.destroy({ Instance: id })
  t.same(stateOf(dir), [])
})

t.test('an observation in the middle of an apply is whole', needsTerraform, async (t) => {
  const { make, list } = await open(t)
  const ids = await Promise.all(Array.from({ length: 5 }, () => make(one())))
  const making = Promise.all(Array.from({ length: 10 }, (_, i) => make(slow(0.1 * i))))
  let done = false
  void making.finally(() => (done = true))
  while (!done) {
    const seen = (await list()).map(({ ID }) => ID)
    if (!ids.every((id) => seen.includes(id))) t.fail(`one of ${ids.join()} is missing in ${seen.join()}`)
  }
  t.equal((await list()).length, 15)
})
