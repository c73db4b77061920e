import { connect, inspectNode } from '@infrakit/docker'
import { rejection, startWebServer } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { drainNode } from '../src/drain.js'

const leaderless = 'rpc error: code = Unknown desc = The swarm does not have a leader.'

/** Drains a worker by a manager that gives no answer, or another reason, a few times once the node's tasks are to end. */
async function drain(t: Test, refusals: number, refusal = { status: 503, message: leaderless }) {
  const node = {
    ID: 'w1',
    Version: { Index: 1 },
    Spec: { Role: 'worker', Availability: 'active' },
    Description: { Hostname: 'worker-1' },
    Status: { State: 'down' },
  }
  let left = refusals
  const asked: string[] = []
  const server = await startWebServer(t, 'manager', (request, response) => {
    const what = `${request.method} ${request.url?.replace(/^\/v[\d.]+/, '').replace(/\?.*/, '')}`
    const isWaiting = asked.includes('POST /nodes/w1/update') && what === 'GET /nodes/w1'
    asked.push(what)
    response.setHeader('Content-Type', 'application/json')
    if (isWaiting && left-- > 0) response.writeHead(refusal.status).end(JSON.stringify(refusal))
    else response.end(JSON.stringify(what === 'GET /nodes/w1' ? node : {}))
  })
  const engine = await connect({ host: `tcp://127.0.0.1:${server.port}` })
  t.teardown(() => engine.close())
  const membership = { nodeID: 'm1' } as never
  const log = { info: () => undefined, warn: () => undefined }
  const options = { timeoutMs: 2000, inTurn: <T>(work: () => Promise<T>) => work(), log }
  const worker = await inspectNode(engine, 'w1')
  const drained = drainNode([{ engine, membership }], worker, options)
  return { drained, asked }
}

t.test('a swarm that has no leader for a moment is asked again', async (t) => {
  const { drained, asked } = await drain(t, 3)
  t.equal(await drained, 'taken-out')
  t.equal(asked.at(-1), 'DELETE /nodes/w1')
})

t.test('one that has none is told of', async (t) => {
  const { drained, asked } = await drain(t, Infinity)
  t.match(await rejection(drained), { kind: 'unavailable', message: /does not have a leader/ })
  t.notOk(asked.includes('DELETE /nodes/w1'))
})

t.test('another refusal ends it at once', async (t) => {
  const { drained, asked } = await drain(t, 1, { status: 400, message: 'no such thing is asked' })
  t.match(await rejection(drained), { kind: 'input', message: /no such thing is asked/ })
  t.notOk(asked.includes('DELETE /nodes/w1'))
})
