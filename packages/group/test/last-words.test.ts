import { health, InfrakitError } from '@infrakit/spi'
import { waitUntil, type Teardown } from '@infrakit/testing'
import t from 'tap'
import { harness, spec } from './harness.js'

/** A harness whose instance plugin can tell what its instances wrote. */
async function withLogs(t: Teardown, tail: (id: string) => Promise<string[]>) {
  const h = await harness(t)
  const { instance: find } = h.ports
  const logs = { tail: async ({ Instance }: { Instance: string }) => ({ Lines: await tail(Instance) }) }
  Object.assign(h.ports, { instance: async (name: string) => ({ ...(await find(name)), logs }) })
  return h
}

const lines = [...Array.from({ length: 20 }, (_, at) => `${at}`), 'canary-of-a-user']

t.test('an unhealthy member is asked for its last lines before it goes, once', async (t) => {
  const asked: string[] = []
  const h = await withLogs(t, async (id) => {
    asked.push(`${id} ${h.instance.instances.has(id)}`)
    return lines
  })
  await h.commit(spec({ size: 2, healing: { Interval: '100ms', UnhealthyAfter: 3 } }))
  const [first] = (await h.converged()).Instances
  const id = first?.ID ?? ''
  h.flavor.health.set(id, health.unhealthy)
  await waitUntil('it to be replaced', () => !h.instance.instances.has(id) && h.instance.instances.size === 2)
  const { LastLines } = await h.converged()
  t.strictSame(asked, [`${id} true`])
  t.match(LastLines, [{ Instance: id, Reason: 'it is unhealthy', Lines: lines.slice(1) }])
  t.notMatch(
    JSON.stringify([h.told, ...h.store.texts.values()]),
    /canary-of-a-user/,
    'neither published nor written down',
  )
  t.match(JSON.stringify(h.told), /Destroyed/, 'control: what is published is seen')
})

t.test('one that failed is asked too', async (t) => {
  const h = await withLogs(t, async () => ['panic'])
  await h.commit(spec({ size: 1 }))
  const [first] = (await h.converged()).Instances
  const one = h.instance.instances.get(first?.ID ?? '')
  if (one) Object.assign(one, { State: 'failed', StateReason: 'exited with code 1' })
  h.hint()
  await waitUntil('another one', () => !h.instance.instances.has(first?.ID ?? '') && h.instance.instances.size === 1)
  const { LastLines } = await h.converged()
  t.match(LastLines, [{ Instance: first?.ID, Reason: 'exited with code 1', Lines: ['panic'] }])
})

t.test('whoever hears that new members do not last finds what they wrote', async (t) => {
  const h = await withLogs(t, async () => {
    await new Promise((resolve) => setTimeout(resolve, 200))
    return ['panic']
  })
  await h.commit(spec({ size: 1 }))
  await h.converged()
  const description = await waitUntil('it to be told', async () => {
    for (const one of h.instance.instances.values()) Object.assign(one, { State: 'failed', StateReason: 'ended' })
    h.hint()
    const one = await h.describe()
    return /do not last/.test(one.LastFailure?.Message ?? '') && one
  })
  t.match(description.LastLines, [{ Reason: 'ended', Lines: ['panic'] }])
})

t.test('those of an update that never become healthy are asked when it is given up', async (t) => {
  const h = await withLogs(t, async (id) => [`${id} cannot find its database`])
  await h.commit(spec({ size: 1 }))
  const [first] = (await h.converged()).Instances
  h.flavor.before = async (method, request) => {
    const { Instance } = request as { Instance?: { ID: string } }
    if (method === 'healthy' && Instance?.ID !== first?.ID) throw new Error('nobody knows')
  }
  await h.commit(spec({ size: 1, version: '2', updating: { MaxSurge: 1, Deadline: '500ms' } }))
  const description = await waitUntil('the update to be halted', async () => {
    const one = await h.describe()
    return one.Status === 'halted' && one
  })
  const [told] = description.LastLines ?? []
  t.match(told?.Reason, /nobody knows/)
  t.strictSame(told?.Lines, [`${told?.Instance} cannot find its database`])
})

t.test('a plugin that cannot tell, or has nothing to tell, changes nothing', async (t) => {
  for (const tail of [
    () => Promise.reject(new InfrakitError('unavailable', 'no logs today')),
    () => Promise.resolve<string[]>([]),
  ]) {
    const h = await withLogs(t, tail)
    await h.commit(spec({ size: 1, healing: { UnhealthyAfter: 1 } }))
    const [first] = (await h.converged()).Instances
    const id = first?.ID ?? ''
    h.flavor.health.set(id, health.unhealthy)
    await waitUntil('it to be replaced', () => !h.instance.instances.has(id))
    t.equal((await h.converged()).LastLines, undefined)
  }
})
