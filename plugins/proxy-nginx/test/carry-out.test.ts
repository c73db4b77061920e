import { rejection } from '@infrakit/testing'
import t from 'tap'
import { carryOut } from '../src/carry-out.js'
import type { Listen, Listens } from '../src/listens.js'

const listening = (port: number, tls: boolean) => ({ address: '', port, tls })

/** Listens without an nginx, where nobody can listen twice. */
function createFakeListens(all: Map<string, Listen>, refuses: string) {
  const listens = {
    get: (key: string) => all.get(key),
    async start(key: string, listening: Listen['listening'], routes: Listen['routes']) {
      if (all.has(key)) throw new Error(`another process listens on ${key}`)
      if (key === refuses && listening.tls) throw new Error('no')
      all.set(key, { listening, routes, nginx: undefined })
    },
    stop: async (key: string) => void all.delete(key),
  }
  return listens as unknown as Listens
}

t.test('what was begun anew is as before when a later step fails', async (t) => {
  const before = (port: number): Listen => ({ listening: listening(port, false), routes: [], nginx: undefined })
  const all = new Map([1, 2].map((port) => [`:${port}`, before(port)]))
  const step = (port: number) => ({ key: `:${port}`, listening: listening(port, true), routes: [] })
  const complaints: string[] = []
  const plan = { start: [step(3)], apply: [], restart: [step(1), step(2)], stop: [] }
  const work = carryOut(createFakeListens(all, ':2'), plan, (_, what) => void complaints.push(what))
  t.match(await rejection(work), { message: 'no' })
  t.same([...all].map(([key, one]) => [key, one.listening.tls]).sort(), [
    [':1', false],
    [':2', false],
  ])
  t.same(complaints, [])
})
