import { join } from 'node:path'
import { connect, createContainer, startContainer } from '@infrakit/docker'
import { rejection, temporaryFolder } from '@infrakit/testing'
import { containersWith, createProxy, docker, needsDocker, testImage, unique } from '@infrakit/testing/engine'
import t, { type Test } from 'tap'
import { Intents } from '../src/intents.js'
import { containerLabels } from '../src/labels.js'
import { makeInstance, type Making } from '../src/make-instance.js'

const labels = containerLabels('infrakit.test-making')

/** A plugin that makes containers, its engine behind a proxy, and all that it leaves. */
async function open(t: Test) {
  const owner = unique('making')
  const left = () => containersWith([labels.owner], owner)
  t.teardown(() => {
    if (left().length > 0) docker('rm', '-fv', ...left())
  })
  const { address } = await connect()
  if (address.kind !== 'unix') throw new Error('the engine of this machine has a socket')
  const proxy = await createProxy(t, address.path)
  const engine = await connect({ host: `unix://${proxy.path}` })
  t.teardown(() => engine.close())
  const intents = await Intents.open(join(await temporaryFolder(t), 'intents'))
  const name = unique('container')
  const definition = (intent: string) => ({
    Image: testImage('busybox'),
    Cmd: ['sleep', '1000'],
    Labels: { [labels.owner]: owner, [labels.intent]: intent },
  })
  const making: Making = {
    engine,
    intents,
    name,
    create: (intent) => createContainer(engine, { name, definition: definition(intent) }),
    complete: (id) => startContainer(engine, id),
  }
  return { making, intents, proxy, left, name }
}

t.test('a container is an instance once all is done', needsDocker, async (t) => {
  const { making, intents, left } = await open(t)
  let noted = ''
  const id = await makeInstance({
    ...making,
    create(intent) {
      noted = intent
      return making.create(intent)
    },
    async complete(id) {
      t.ok(intents.has(noted) && intents.isUnderWay(noted), 'it is none while something is left to do')
      await making.complete(id)
    },
  })
  t.same(left(), [id.slice(0, 12)])
  t.equal(docker('inspect', '--format', `{{index .Config.Labels "${labels.intent}"}}`, id), noted)
  t.notOk(intents.has(noted))
})

t.test('one that cannot be completed is removed, and the reason told', needsDocker, async (t) => {
  const { making, intents, left } = await open(t)
  const reason = new Error('Init ended with exit code 3')
  const complete = async (id: string) => {
    await making.complete(id)
    t.equal(left().length, 1, 'control: it ran')
    throw reason
  }
  t.equal(await rejection(makeInstance({ ...making, complete })), reason)
  t.same([left(), intents.idle()], [[], []])
})

t.test('what a creation that failed has made nevertheless is looked for', needsDocker, async (t) => {
  const { making, intents, left } = await open(t)
  const reason = new Error('the answer was lost')
  const create = async (intent: string) => {
    await making.create(intent)
    throw reason
  }
  const find = async (intent: string) => containersWith([labels.intent], intent)
  t.equal(await rejection(makeInstance({ ...making, create, find })), reason)
  t.same([left(), intents.idle()], [[], []])
  t.equal(await rejection(makeInstance({ ...making, create })), reason)
  t.equal(left().length, 1, 'control: it would have been there')
})

t.test('where it cannot be removed either, both are told, and the note stays', needsDocker, async (t) => {
  const { making, intents, proxy, left } = await open(t)
  const complete = async () => {
    proxy.manner = 'cut'
    proxy.cutAll()
    throw new Error('the engine went away')
  }
  const error = await rejection(makeInstance({ ...making, complete }))
  const [id = ''] = left()
  const message = new RegExp(`^the engine went away; and container ${id} could not be removed: `)
  t.match(error, { kind: 'plugin-failed', message, hint: /when it sees it again/ })
  t.equal(intents.idle().length, 1)
})
