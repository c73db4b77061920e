import { instanceInterface } from '@infrakit/spi'
import { instanceSchemas } from '@infrakit/spi/schemas'
import t from 'tap'
import { createAnswerMemory } from '../src/answer-memory.js'
import { offer } from '../src/index.js'
import { client, failure, instance, serve } from './support.js'

const long = 'x'.repeat(5000)

function answer(id: number, text: string, status = 200) {
  return { status, body: Buffer.from(text.replace('ID', String(id))) }
}

const same = `{"jsonrpc":"2.0","result":{"a":"${long}"},"id":ID}\n`
const cases = [
  { what: 'the same bytes but for the id', next: answer(10, same), known: true },
  { what: 'other bytes', next: answer(10, same.replace('xx', 'xy')), known: false },
  { what: 'the answer to another call', next: answer(11, same), known: false },
  { what: 'another status', next: answer(10, same, 500), known: false },
  { what: 'an id that is not the last', next: answer(10, `{"id":ID,"result":{"a":"${long}"}}`), known: false },
]

t.test('an answer is known when it is the same as the last to the same call', async (t) => {
  for (const { what, next, known } of cases) {
    const memory = createAnswerMemory()
    memory.keep('call', answer(9, same), 9, 'what it meant')
    t.equal(memory.recall('call', next, 10)?.result, known ? 'what it meant' : undefined, what)
    t.equal(memory.recall('another call', answer(10, same), 10), undefined)
  }
})

t.test('few calls are remembered, and none whose answer is short', async (t) => {
  const memory = createAnswerMemory()
  for (let call = 0; call < 40; call++) memory.keep(`call ${call}`, answer(1, same), 1, call)
  t.equal(memory.recall('call 7', answer(2, same), 2), undefined)
  t.match(memory.recall('call 39', answer(2, same), 2), { result: 39 })
  memory.keep('call 39', answer(3, '{"result":{},"id":ID}'), 3, 'short')
  t.equal(memory.recall('call 39', answer(4, '{"result":{},"id":ID}'), 4), undefined)
})

t.test('a client that remembers gives the same result for the same answer, and sees every change', async (t) => {
  let Tags: unknown = { a: long }
  const describeInstances = async () => ({ Descriptions: [{ ID: 'i-1', Tags: Tags as Record<string, string> }] })
  const { path } = await serve(t, { offers: [offer(instanceInterface, instance({ describeInstances }))] })
  const plugin = client(t, path)
  const remembering = plugin.bind(instanceInterface, { schemas: instanceSchemas, remember: true })
  const list = () => remembering.describeInstances({ Tags: null, Properties: true })
  const first = await list()
  t.equal(await list(), first)
  Tags = { a: `${long}y` }
  const changed = await list()
  t.not(changed, first)
  t.same(changed.Descriptions, [{ ID: 'i-1', Tags }])
  Tags = { a: 5, b: long }
  t.match(await failure(list()), { kind: 'plugin-failed' })
  t.match(await failure(list()), { kind: 'plugin-failed' }, 'a malformed answer stays one')
  const plain = plugin.bind(instanceInterface, { schemas: instanceSchemas })
  Tags = { a: long }
  t.not(await plain.describeInstances({}), await plain.describeInstances({}), 'control: others get one of their own')
})
