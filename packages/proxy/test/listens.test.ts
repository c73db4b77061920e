import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { rejection } from '@infrakit/testing'
import t from 'tap'
import { cannotListen, checkListen, listenName } from '../src/index.js'

t.test('a listen is called as a route has it', (t) => {
  t.equal(listenName({ address: '10.0.0.1', port: 80 }), '10.0.0.1:80')
  t.equal(listenName({ address: '::1', port: 80 }), '[::1]:80')
  t.equal(listenName({ address: '', port: 80 }), ':80')
  t.end()
})

t.test(
  'a port that another process has is refused until that one has ended, and can be taken after a look',
  async (t) => {
    const other = createServer().listen(0, '127.0.0.1')
    t.teardown(() => other.close())
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    for (const address of ['127.0.0.1', '']) {
      const name = listenName({ address, port })
      t.match(await rejection(checkListen({ address, port })), {
        kind: 'plugin-failed',
        path: 'Listen',
        message: `Listen: cannot listen on ${name}: another process listens there`,
        hint: `End it, or choose another Listen. Who it is: ss -ltnp 'sport = :${port}'`,
      })
    }
    const closed = once(other, 'close')
    other.close()
    await closed
    await checkListen({ address: '127.0.0.1', port })
    await checkListen({ address: '127.0.0.1', port })
  },
)

t.test('whatever keeps somebody from listening is of one kind, with the word that helps', async (t) => {
  const elsewhere = await rejection(checkListen({ address: '192.0.2.1', port: 1024 }))
  t.match(elsewhere, { kind: 'plugin-failed', message: /on 192.0.2.1:1024: this machine has no such address/ })
  const denied = Object.assign(new Error('listen EACCES'), { code: 'EACCES' })
  t.match(cannotListen({ address: '', port: 80 }, denied), { kind: 'plugin-failed', hint: /below 1024/, cause: denied })
  const other = new Error('listen EBAD')
  t.match(cannotListen({ address: '', port: 80 }, other), { kind: 'plugin-failed', message: /on :80: listen EBAD/ })
})
