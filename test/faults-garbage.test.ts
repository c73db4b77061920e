import { instanceInterface, tag } from '@infrakit/spi'
import t from 'tap'
import { createFaultyWorld } from './faults/faulty-world.js'
import * as faults from './faults/faults.js'
import { made, survivesAll, type Case, type Occasion } from './faults/occasions.js'

const html = '<html><body>Bad gateway</body></html>'

const garbage: readonly Case[] = [
  { what: 'a page of HTML', fault: faults.says(html), says: /got HTTP 200 with '<html>/, done: true },
  { what: 'HTTP 502, and then done', fault: faults.saysBeforeDone(html, 502), says: /got HTTP 502 with '<html>/ },
  { what: 'half an answer', fault: faults.half, says: /broke off/, done: true },
  { what: 'an error', fault: faults.refuses('no room left'), says: /no room left/ },
]

/** They need no trial with each method. */
const moreGarbage: readonly Case[] = [
  { what: 'HTTP 500 and nothing', fault: faults.says('', 500), says: /got HTTP 500 with nothing/, done: true },
  {
    what: 'something else in JSON',
    fault: faults.says('{"hello":"world"}'),
    says: /expected a JSON-RPC answer/,
    done: true,
  },
  { what: 'the answer to another call', fault: faults.wrongId, says: /got the answer to another call/, done: true },
]

t.test('a plugin that answers with garbage', async (t) => {
  const thorough = new Set(['Instance.DescribeInstances', 'Instance.Provision'])
  const casesOf = ({ method }: Occasion) => (thorough.has(method) ? [...garbage, ...moreGarbage] : garbage)
  await survivesAll(t, await createFaultyWorld(t), casesOf)
})

t.test('control: somebody who asks again under another key after garbage makes it twice', async (t) => {
  const world = await createFaultyWorld(t)
  const group = await world.faulty('web')
  group.plugin.inject('Instance.Provision', faults.says(html))
  const instance = await world.plugins.get(instanceInterface, group.plugin.name)
  for (const key of ['first', 'second']) {
    const Tags = { [tag.group]: 'web', [tag.provision]: key }
    await t.rejects(instance.provision({ Spec: { Properties: null, Tags, Init: '' } }))
  }
  t.equal(made(group).size, 2)
})
