import t from 'tap'
import { interfaces } from '../src/interfaces.js'
import { handlerName, interfaceId } from '../src/interface.js'
import { matchesTags } from '../src/tags.js'
import { schemas } from '../src/schemas/index.js'

t.test('every method of every interface has schemas, and its example satisfies the request', async (t) => {
  for (const definition of interfaces) {
    const byMethod = schemas[definition.name] ?? {}
    t.same(Object.keys(byMethod).sort(), Object.keys(definition.methods).sort(), interfaceId(definition))
    for (const [name, method] of Object.entries(definition.methods)) {
      t.ok(Array.isArray(Object.keys(method.example.request)), `${definition.name}.${name}`)
      t.equal(method.ok === true, 'OK' in method.example.response, `${definition.name}.${name} says OK in its example`)
    }
  }
})

t.test('the versions that the original wants', async (t) => {
  const ids = interfaces.map(interfaceId)
  for (const id of ['Instance/0.5.0', 'Flavor/0.1.0', 'Group/0.1.0', 'Metadata/0.1.0', 'Event/0.1.0']) {
    t.ok(ids.includes(id), id)
  }
})

t.test('handlers are named after wire methods', async (t) => {
  t.equal(handlerName('DescribeInstances'), 'describeInstances')
})

t.test('tags match when all of the wanted ones are there', async (t) => {
  t.ok(matchesTags({ a: '1', b: '2' }, { a: '1' }))
  t.ok(matchesTags({ a: '1' }, {}))
  t.ok(matchesTags(null, null))
  t.notOk(matchesTags({ a: '1' }, { a: '2' }))
  t.notOk(matchesTags({ a: '1' }, { a: '1', b: '2' }))
  t.notOk(matchesTags(null, { a: '1' }))
})
