import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitUntil } from '@infrakit/testing'
import { docker, needsDocker, testImage } from '@infrakit/testing/engine'
import { answerOf, repositoryFile, startGroup } from '@infrakit/testing/repository'
import t from 'tap'
import { parse } from 'yaml'
import { readProperties } from '../src/properties.js'
import { serve, type Shown } from './support.js'

t.test('the properties that the README shows are accepted', async (t) => {
  const page = readFileSync(repositoryFile('plugins/instance-docker/README.md'), 'utf8')
  const blocks = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => parse(text) as object)
  t.equal(blocks.length, 2)
  for (const block of blocks) t.equal(readProperties(block).image, 'ghcr.io/example/shop:1.4')
})

t.test('the example runs; a killed container is replaced, at once and by one', needsDocker, async (t) => {
  const { home, containers, list, ids } = await serve(t)
  const infrakit = await startGroup(t, home)
  /** Those that answer with their own name on the port they say. */
  const serving = async () => {
    const answers = (await list()).map(async ({ ID, Properties }) => {
      const [endpoint] = (Properties as Shown).Endpoints
      return endpoint && (await answerOf(endpoint).catch(() => '')) === ID
    })
    return (await Promise.all(answers)).filter(Boolean).length
  }
  // The same programs as in the image that a user pulls.
  const example = readFileSync(repositoryFile('plugins/instance-docker/example.yml'), 'utf8')
  const file = join(home, 'example.yml')
  writeFileSync(file, example.replace('busybox:1.36', testImage('busybox')))
  await infrakit('group', 'commit', file)
  await waitUntil('three that serve', async () => (await serving()) === 3, 60_000)
  const [victim = '', ...others] = await ids()
  docker('kill', victim)
  const replaced = async () => !(await ids()).includes(victim) && (await serving()) === 3
  await waitUntil('another one in its place', replaced, 60_000)
  const now = await ids()
  t.ok(
    others.every((id) => now.includes(id)),
    'the others are the same',
  )
  t.equal(containers().length, 3, 'the remains are removed')
  await infrakit('group', 'destroy', '--quiet', '--wait', 'docker-example')
  t.same(containers(), [])
})
