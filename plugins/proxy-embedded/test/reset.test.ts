import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import t from 'tap'
import { reset } from '../src/worker/refuse.js'

t.test('a connection that is broken off is closed, also when its own end was on its way', async (t) => {
  const server = createServer((socket) => socket.on('error', () => undefined).resume()).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const open = async () => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return socket
  }
  const closedWell = async (socket: Socket) => {
    const errors: Error[] = []
    socket.on('error', (error) => errors.push(error))
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    reset(socket)
    await closed
    return errors
  }
  t.same(await closedWell(await open()), [])
  const ending = await open()
  ending.end('last words')
  // Without that care Node says EINVAL here, and the connection stays open.
  t.same(await closedWell(ending), [])
})
