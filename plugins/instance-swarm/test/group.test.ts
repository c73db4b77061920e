import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { endpointsOf } from '@infrakit/spi'
import { waitUntil } from '@infrakit/testing'
import { repositoryFile, startGroup } from '@infrakit/testing/repository'
import t from 'tap'
import { parse } from 'yaml'
import { readProperties } from '../src/properties.js'
import { answerAt, needsSwarm, serve, testSwarm } from './support.js'

t.test('the properties that the README shows are accepted', async (t) => {
  const page = readFileSync(repositoryFile('plugins/instance-swarm/README.md'), 'utf8')
  const blocks = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => parse(text) as object)
  t.equal(blocks.length, 1)
  for (const block of blocks) t.equal(readProperties(block).image, 'ghcr.io/example/shop:1.4')
})

t.test('the example runs; it is healed, and updated in place', needsSwarm, async (t) => {
  const swarm = await testSwarm(t)
  const { first, image } = swarm
  const { home, list, ids, services } = await serve(t, swarm)
  const infrakit = await startGroup(t, home)
  /** What they answer at the ports that they say: their host names. */
  const answers = async () => {
    const all = (await list()).map((one) => {
      const [endpoint] = endpointsOf(one)
      return endpoint ? answerAt(first, endpoint) : ''
    })
    return [...new Set(all.filter(Boolean))]
  }
  // The same programs as in the image that a user pulls.
  const example = readFileSync(repositoryFile('plugins/instance-swarm/example.yml'), 'utf8').replace(
    'busybox:1.36',
    image,
  )
  const file = join(home, 'example.yml')
  writeFileSync(file, example)
  await infrakit('group', 'commit', file)
  await waitUntil('three that serve', async () => (await answers()).length === 3, 60_000)

  const [victim = '', ...others] = await ids()
  first.docker('service', 'rm', victim)
  const replaced = async () => !(await ids()).includes(victim) && (await answers()).length === 3
  await waitUntil('another one in its place', replaced, 60_000)
  const now = await ids()
  t.ok(
    others.every((id) => now.includes(id)),
    'the others are the same',
  )

  writeFileSync(
    file,
    example
      .replace('memory: 64m', 'memory: 48m')
      .replace('Size: 3', 'Size: 3\n  Updating:\n    MaxSurge: 1\n    MaxUnavailable: 0'),
  )
  await infrakit('group', 'commit', file)
  const limits = () =>
    services().map((name) =>
      first.docker('service', 'inspect', '--format', '{{.Spec.TaskTemplate.Resources.Limits.MemoryBytes}}', name),
    )
  const updated = async () => limits().every((one) => one === String(48 * 2 ** 20)) && (await answers()).length === 3
  await waitUntil('less memory for all', updated, 60_000)
  t.same(await ids(), now, 'the same instances, updated in place')
  await infrakit('group', 'destroy', '--quiet', '--wait', 'swarm-example')
  t.same(services(), [])
})
