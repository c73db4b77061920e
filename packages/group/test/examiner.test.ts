import { health } from '@infrakit/spi'
import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { harness, spec } from './harness.js'

t.test('a flavor that tells of a judgement is asked about that member at once', async (t) => {
  const healing = { Interval: '1h' }
  for (const about of ['the member', 'any'] as const) {
    const h = await harness(t)
    await h.commit(spec({ healing }))
    const [sick = '', well = ''] = (await h.converged()).Instances.map(({ ID }) => ID)
    const asked = (id: string) => h.flavor.calls.filter((call) => call === `healthy ${id}`).length
    const before = [asked(sick), asked(well)]
    h.judged('somebody else')
    h.flavor.health.set(sick, health.unhealthy)
    h.judged(about === 'any' ? undefined : sick)
    await waitUntil('another in its place', () => !h.instance.instances.has(sick) && h.instance.instances.size === 3)
    t.ok(asked(sick) > (before[0] ?? 0))
    t.equal(asked(well) - (before[1] ?? 0), about === 'any' ? 1 : 0, `told of ${about}`)
  }
})

t.test('what changes while a member is being asked about is not missed', async (t) => {
  const h = await harness(t)
  await h.commit(spec({ size: 1, healing: { Interval: '1h' } }))
  const [id = ''] = (await h.converged()).Instances.map(({ ID }) => ID)
  let answer = (): void => undefined
  h.flavor.before = async (method) => {
    if (method === 'healthy') await new Promise<void>((resolve) => (answer = resolve))
  }
  const { calls } = h.flavor
  const before = calls.length
  h.judged(id)
  await waitUntil('the question', () => calls.length === before + 1)
  h.judged(id)
  h.flavor.before = () => undefined
  answer()
  await waitUntil('another question', () => calls.length > before + 1)
  t.equal(calls.length, before + 2)
})

t.test('nobody is asked about the members of a parked group, whatever the flavor tells', async (t) => {
  const h = await harness(t)
  await h.commit(spec({ size: 1 }))
  await h.converged()
  await h.commit(spec({ size: 1, state: 'stopped' }))
  await h.converged()
  const { length } = h.flavor.calls
  h.judged()
  h.hint()
  await h.converged()
  t.equal(h.flavor.calls.length, length)
})
