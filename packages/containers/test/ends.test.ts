import type { ListedContainer } from '@infrakit/docker'
import t from 'tap'
import { Ends } from '../src/ends.js'

const published = { hostIp: '', hostPort: 20_001, containerPort: 80, protocol: 'tcp' }
const running = {
  id: 'a'.repeat(64),
  state: 'running',
  status: 'Up 3 seconds',
  ports: [published],
  containerPorts: [{ port: 80, protocol: 'tcp' }],
  addresses: { bridge: '172.17.0.2' },
} as unknown as ListedContainer
const nowhere = { ports: [], containerPorts: [], addresses: {} }

t.test('a container whose end was told has ended, though it is listed as running', async (t) => {
  const ends = new Ends()
  t.equal(ends.amend(running), running)
  ends.ended(running.id, 137)
  t.match(ends.amend(running), { state: 'exited', status: 'Exited (137)', outpacesList: true, ...nowhere })
  const other = { ...running, id: 'b'.repeat(64) }
  t.equal(ends.amend(other), other)
})

t.test('what the list says of one that does not run any more is more than what was told', async (t) => {
  const ends = new Ends()
  ends.ended(running.id, 1)
  const exited = { ...running, state: 'exited', status: 'Exited (1) 2 seconds ago' } as const
  t.equal(ends.amend(exited), exited)
  t.equal(ends.amend(running).state, 'exited', 'also when an older list comes later')
})

t.test('one that runs again is running', async (t) => {
  const ends = new Ends()
  ends.ended(running.id, 1)
  ends.ranOutOfMemory(running.id)
  t.equal(ends.wasOutOfMemory(running.id), true)
  ends.forget(running.id)
  t.equal(ends.amend(running), running)
  t.equal(ends.wasOutOfMemory(running.id), false)
})

t.test('after a gap in what is told the list alone counts', async (t) => {
  const ends = new Ends()
  ends.ended(running.id, 1)
  ends.forgetAll()
  t.equal(ends.amend(running), running)
})
