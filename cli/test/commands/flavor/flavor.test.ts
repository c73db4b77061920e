import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { offer } from '@infrakit/rpc'
import { flavorInterface, health, instanceInterface, InfrakitError } from '@infrakit/spi'
import { memoryFlavor, memoryInstance } from '@infrakit/testing'
import t from 'tap'
import { createWorld } from '../../support/infrakit.js'

t.test('the verbs of a flavor plugin', async (t) => {
  const world = await createWorld(t)
  const plugin = memoryFlavor()
  const requests: unknown[] = []
  plugin.before = (_, request) => void requests.push(request)
  await world.serve('vanilla', [offer(flavorInterface, plugin.handlers)])
  const flavor = (...args: string[]) => world.infrakit(['flavor', '--name', 'vanilla', ...args])
  await writeFile(join(world.home, 'f.json'), '{"Init":["x"]}')
  await writeFile(join(world.home, 's.yml'), 'Tags: {tier: web}\n')

  await t.test('validate', async (t) => {
    t.match(await flavor('validate', 'f.json', '--size', '3'), { code: 0, stdout: 'f.json: valid\n' })
    t.match(requests.splice(0), [{ Properties: { Init: ['x'] }, Allocation: { Size: 3 } }])
    await flavor('validate', 'f.json', '--logical-ids', 'a,b')
    t.match(requests.splice(0), [{ Allocation: { LogicalIDs: ['a', 'b'] } }])
    t.match(await flavor('validate', 'f.json', '--size', 'x'), { code: 2, stderr: /--size: expected a whole number/ })
  })
  await t.test('prepare', async (t) => {
    const { code, stdout } = await flavor('prepare', 'f.json', 's.yml', '--group', 'web', '--sequence', '2')
    t.equal(code, 0)
    t.match(JSON.parse(stdout), { Tags: { tier: 'web' } })
    t.match(requests.splice(0), [{ Spec: { Tags: { tier: 'web' } }, Index: { Group: 'web', Sequence: 2 } }])
  })
  await t.test('healthy', async (t) => {
    t.match(await flavor('healthy', 'f.json', '--id', 'i1', '--logical-id', 'a', '--tags', 'k=v'), {
      code: 0,
      stdout: /^healthy\n$/,
    })
    t.match(requests.splice(0), [{ Instance: { ID: 'i1', LogicalID: 'a', Tags: { k: 'v' } } }])
    plugin.health.set('i1', health.unhealthy)
    t.match(await flavor('healthy', 'f.json', '--id', 'i1'), { code: 1, stdout: /^unhealthy\n$/, stderr: /^$/ })
    t.match(JSON.parse((await flavor('healthy', 'f.json', '--id', 'i1', '--json')).stdout), { Health: 'unhealthy' })
  })
  await t.test('drain', async (t) => {
    t.match(await flavor('drain', 'f.json', '--id', 'i1'), { code: 0, stdout: 'Drained i1\n' })
    t.match(await world.infrakit(['vanilla', 'drain', 'f.json', '--id', 'i1']), { code: 0 }, 'the form of v0.5')
  })
  await t.test('what the plugin refuses', async (t) => {
    plugin.before = () => {
      throw new InfrakitError('input', 'Init: expected a list', { path: 'Init' })
    }
    t.match(await flavor('validate', 'f.json'), { code: 2, stderr: 'error: f.json: Init: expected a list\n' })
  })
})

t.test('a plugin that is an instance plugin and a flavor', async (t) => {
  const world = await createWorld(t)
  await world.serve('both', [
    offer(instanceInterface, memoryInstance().handlers),
    offer(flavorInterface, memoryFlavor().handlers),
  ])
  t.match(await world.infrakit(['both', 'describe', '-q']), { code: 0 }, 'a verb of one of them')
  t.match(await world.infrakit(['both', 'validate', 'x.json']), {
    code: 2,
    stderr:
      /more than one 'validate'\nhint: say 'infrakit instance --name both validate' or 'infrakit flavor --name both validate'/,
  })
})
