import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { GroupDescription } from '@infrakit/spi'
import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { converged, serveGroup } from '../../support/fake-group.js'
import { createWorld } from '../../support/infrakit.js'

async function situation(t: Parameters<typeof createWorld>[0], features: Parameters<typeof serveGroup>[1] = {}) {
  const world = await createWorld(t)
  const { fake, server } = await serveGroup(world, features)
  await writeFile(join(world.home, 'blue.json'), '{"ID":"app-blue","Properties":{"Allocation":{"Size":2}}}')
  return { world, fake, server }
}

const working: GroupDescription = { Instances: [], Converged: false, Status: 'working', Revision: 1 }

t.test('it tells what goes on and ends when the group has converged', async (t) => {
  const { world, fake } = await situation(t)
  let description = working
  fake.describe = () => description
  const update = world.begin(['group', 'update', 'blue.json'])
  await waitUntil('the commit', () => update.output().stderr.includes('updating app-blue'))
  fake.events.publish({ Topic: 'group/app-blue', Type: 'destroy', ID: 'app-blue', Message: 'Destroying instance-1' })
  await waitUntil('the event to be shown', () => update.output().stderr.includes('Destroying instance-1'))
  t.equal(update.output().stdout, '', 'it is not completed yet')
  description = converged
  fake.events.publish({ Topic: 'group/app-blue', Type: 'converged', ID: 'app-blue', Message: 'Has converged' })
  const { code, stdout, stderr } = await update.ended
  t.equal(code, 0)
  t.equal(stdout, 'update app-blue completed\n')
  t.match(stderr, 'updating app-blue: Managing 2 instances\napp-blue: Destroying instance-1\n')
})

t.test('without events it looks again by itself, and tells the activities', async (t) => {
  const { world, fake } = await situation(t, { events: false })
  let looks = 0
  const Activities = [{ Action: 'destroy', Instance: 'instance-1', Reason: 'outdated' }]
  fake.describe = () => (++looks < 4 ? { ...working, Activities } : converged)
  const { code, stdout, stderr } = await world.infrakit(['group', 'update', 'blue.json'])
  t.match({ code, stdout }, { code: 0, stdout: 'update app-blue completed\n' })
  t.equal(stderr, 'updating app-blue: Managing 2 instances\napp-blue: destroy instance-1: outdated\n', 'each once')
})

t.test('a group that had converged before is not believed', async (t) => {
  const { world, fake } = await situation(t)
  await world.infrakit(['group', 'commit', 'blue.json'])
  let looks = 0
  fake.describe = () => {
    looks++
    return looks < 4 ? { ...converged, Revision: 1 } : { ...converged, Revision: 2 }
  }
  const { code } = await world.infrakit(['group', 'update', 'blue.json'])
  t.equal(code, 0)
  t.equal(looks, 4)
})

t.test('a halted update fails with the reason', async (t) => {
  const { world, fake } = await situation(t)
  const LastFailure = { Message: 'image app:2 not found', At: '2030-01-01T00:00:00Z' }
  fake.describe = () => ({ ...working, Status: 'halted', LastFailure })
  const { code, stdout, stderr } = await world.infrakit(['group', 'update', 'blue.json'])
  t.match({ code, stdout }, { code: 1, stdout: /^$/ })
  t.match(stderr, 'error: update app-blue halted: image app:2 not found\nhint: ')
})

t.test('an update that is rolled back fails', async (t) => {
  const { world, fake } = await situation(t)
  await world.infrakit(['group', 'commit', 'blue.json'])
  const LastFailure = { Message: 'no progress for 10 s', At: '2030-01-01T00:00:00Z' }
  let looks = 0
  fake.describe = () => {
    if (++looks < 3) return { ...working, Revision: 2, LastFailure }
    const all = fake.revisions.get('app-blue') ?? []
    fake.revisions.set(
      'app-blue',
      all.map((one) => ({ ...one, Active: one.Revision === 1 })),
    )
    return converged
  }
  const { code, stderr } = await world.infrakit(['group', 'update', 'blue.json'])
  t.equal(code, 1)
  t.match(stderr, 'error: update app-blue failed and revision 1 is active again: no progress for 10 s')
})

t.test('a group plugin that is restarted is waited for', async (t) => {
  const { world, fake, server } = await situation(t)
  fake.describe = () => working
  const update = world.begin(['group', 'update', 'blue.json'])
  await waitUntil('the commit to be answered', () => update.output().stderr.includes('updating app-blue'))
  await server.close(0)
  await waitUntil('it to notice', () => update.output().stderr.includes('the group plugin is away'))
  const again = await serveGroup(world)
  again.fake.specs.set('app-blue', { ID: 'app-blue' })
  const { code, stdout } = await update.ended
  t.match({ code, stdout }, { code: 0, stdout: 'update app-blue completed\n' })
})

t.test('--timeout ends the waiting, not the update', async (t) => {
  const { world, fake } = await situation(t)
  fake.describe = () => working
  const { code, stderr } = await world.infrakit(['group', 'update', '--timeout', '100ms', 'blue.json'])
  t.equal(code, 1)
  t.match(stderr, 'error: group app-blue did not get there in the time given')
})

t.test('interrupting says that the update goes on', async (t) => {
  const { world, fake } = await situation(t)
  fake.describe = () => working
  const update = world.begin(['group', 'update', 'blue.json'])
  await waitUntil('the commit', () => update.output().stderr.includes('updating app-blue'))
  update.kill('SIGINT')
  const { code, stderr } = await update.ended
  t.equal(code, null, 'it ended by the signal')
  t.match(stderr, 'what was begun goes on')
})

t.test('a group plugin of the original is not believed before the instances are there', async (t) => {
  const { world, fake } = await situation(t, { events: false, revisions: false })
  let looks = 0
  fake.describe = () => ({
    Converged: true,
    Instances: Array.from({ length: Math.min(2, ++looks) }, (_, i) => ({ ID: `i${i}` })),
  })
  const { code } = await world.infrakit(['group', 'update', 'blue.json'])
  t.equal(code, 0)
  t.equal(looks, 2)
})

t.test('several groups are updated one after the other; the first failure ends it', async (t) => {
  const { world, fake } = await situation(t)
  await writeFile(join(world.home, 'fleet.yml'), 'ID: a\n---\nID: b\n---\nID: c\n')
  const { stdout } = await world.infrakit(['group', 'update', 'fleet.yml'])
  t.equal(stdout, 'update a completed\nupdate b completed\nupdate c completed\n')
  fake.calls.splice(0)
  fake.describe = (id) => (id === 'b' ? { ...working, Status: 'halted', Revision: 9 } : { ...converged, Revision: 9 })
  const failed = await world.infrakit(['group', 'update', 'fleet.yml'])
  t.match(failed, { code: 1, stdout: 'update a completed\n' })
  t.same(
    fake.calls.filter((call) => call.startsWith('commit')),
    ['commit a', 'commit b'],
  )
})

t.test('--json says what was done once it is done', async (t) => {
  const { world } = await situation(t)
  const { stdout, stderr } = await world.infrakit(['group', 'update', 'blue.json', '--json'])
  t.same(JSON.parse(stdout), [{ id: 'app-blue', details: 'Managing 2 instances', revision: 1 }])
  t.equal(stderr, '')
})
