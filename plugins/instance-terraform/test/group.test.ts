import { readFileSync } from 'node:fs'
import { temporaryFolder, waitUntil } from '@infrakit/testing'
import { repositoryFile, startGroup } from '@infrakit/testing/repository'
import t from 'tap'
import { readTemplate } from '../src/properties.js'
import { serve } from './serve.js'
import { filesIn, needsTerraform, stateOf, terraform } from './support.js'

t.test('the template that the README shows is one', async (t) => {
  const page = readFileSync(repositoryFile('plugins/instance-terraform/README.md'), 'utf8')
  const blocks = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, text]) => JSON.parse(text ?? '') as unknown)
  t.equal(blocks.length, 1)
  t.ok(blocks.map((block) => readTemplate(block, 'README.md')))
})

t.test('the example runs as it stands; what somebody destroyed is replaced', needsTerraform, async (t) => {
  const home = await temporaryFolder(t)
  const { instance, dir } = await serve(t, home)
  const infrakit = await startGroup(t, home)
  const whole = async () => {
    const { Descriptions } = await instance.describeInstances({ Tags: { tier: 'web' }, Properties: true })
    return Descriptions.filter(({ State }) => State !== 'failed')
  }
  await infrakit('group', 'commit', repositoryFile('plugins/instance-terraform/example.yml'))
  const before = await waitUntil('three', async () => ((await whole()).length === 3 ? whole() : undefined), 60_000)
  t.match(JSON.stringify(before[0]?.Properties), /docker run/, 'the commands of the group got there')
  const victim = before[0]?.ID ?? ''
  terraform(dir, 'destroy', '-auto-approve', `-target=terraform_data.${victim}-web`)
  const replaced = async () => {
    const ids = (await whole()).map(({ ID }) => ID)
    return ids.length === 3 && !ids.includes(victim)
  }
  await waitUntil('another one in its place', replaced, 60_000)
  const ids = (await whole()).map(({ ID }) => ID)
  t.ok(
    before.slice(1).every(({ ID }) => ids.includes(ID)),
    'the others are the same',
  )
  await infrakit('group', 'destroy', '--quiet', '--wait', 'terraform-example')
  t.same([filesIn(dir), stateOf(dir)], [[], []])
})
