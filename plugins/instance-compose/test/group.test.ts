import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitUntil } from '@infrakit/testing'
import { docker, inspect, testImage } from '@infrakit/testing/engine'
import { answerOf, repositoryFile, startGroup } from '@infrakit/testing/repository'
import t from 'tap'
import { parse } from 'yaml'
import { readProperties } from '../src/properties.js'
import { needsCompose, serve, userProject, type Shown } from './support.js'

const textOf = (path: string) => readFileSync(repositoryFile(`plugins/instance-compose/${path}`), 'utf8')

t.test('the properties that the README shows are accepted', async (t) => {
  const blocks = [...textOf('README.md').matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => parse(text) as object)
  t.equal(blocks.length, 1)
  for (const block of blocks)
    t.match(readProperties(block), { service: 'app', as: 'app-blue', source: { project: 'shop' } })
})

t.test(
  'the example runs, heals what its user takes away, and rolls when the file is edited',
  needsCompose,
  async (t) => {
    // The same programs as in the image that a user pulls.
    const project = await userProject(t, {
      'example.compose.yml': textOf('example.compose.yml').replaceAll('busybox:1.36', testImage('busybox')),
    })
    const { home, containers, list, ids } = await serve(t)
    const infrakit = await startGroup(t, home)
    /** Those that answer with the greeting on the port they say. */
    const serving = async () => {
      const answers = (await list()).map(async ({ Properties }) => {
        const [endpoint] = (Properties as Shown).Endpoints
        return endpoint && (await answerOf(endpoint).catch(() => '')) === 'hello from a group'
      })
      return (await Promise.all(answers)).filter(Boolean).length
    }
    const example = textOf('example.yml')
      .replace('/tmp/example', `${project.folder}/example`)
      .replaceAll('compose-example', project.name)
    const file = join(home, 'example.yml')
    await writeFile(file, example)
    await infrakit('group', 'commit', file)
    await waitUntil('three that serve', async () => (await serving()) === 3, 60_000)
    t.same(
      project.containers(),
      ['cache', 'web-blue-1', 'web-blue-2', 'web-blue-3'].map((one) =>
        `${project.name}-${one}`.replace('cache', 'cache-1'),
      ),
    )
    const cache = inspect(`${project.name}-cache-1`).Id
    const [victim = '', ...others] = await ids()
    docker('kill', victim)
    const replaced = async () => !(await ids()).includes(victim) && (await serving()) === 3
    await waitUntil('another one in its place', replaced, 60_000)
    t.ok((await ids()).filter((id) => others.includes(id)).length === 2, 'the others are the same')

    project.compose('up', '--detach', '--remove-orphans', 'cache')
    const again = async () => (await serving()) === 3 && (await ids()).every((id) => !others.includes(id))
    await waitUntil('three others, as the user removed all', again, 60_000)
    t.equal(containers().length, 3, 'and no storm of them')
    t.equal(inspect(`${project.name}-cache-1`).Id, cache)

    const before = await ids()
    await infrakit('group', 'update', '--quiet', file)
    t.same(await ids(), before, 'what has not changed rolls nothing')
    const edited = readFileSync(project.file, 'utf8').replace('stop_grace_period: 5s', 'stop_grace_period: 4s')
    await writeFile(project.file, edited.replace('[sleep, infinity]', '[sleep, "1000"]'))
    await infrakit('group', 'update', '--quiet', file)
    t.same(
      (await ids()).filter((id) => before.includes(id)),
      [],
      'the edited file has rolled the group',
    )
    t.equal(inspect(`${project.name}-cache-1`).Id, cache, 'and not what it depends on')
    await infrakit('group', 'destroy', '--quiet', '--wait', project.name)
    t.same(project.containers(), [`${project.name}-cache-1`], 'side services stay')
  },
)
