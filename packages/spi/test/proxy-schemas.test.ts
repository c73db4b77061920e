import t from 'tap'
import { routeSchema } from '../src/schemas/proxy.js'

const server = { Name: 'web-1', Host: '127.0.0.1', Port: 8080 }
const route = {
  Name: 'shop',
  Owner: 'me',
  Listen: ':80',
  Backends: [{ Name: 'blue', Servers: [server] }],
}
const accepts = (more: object) => routeSchema.safeParse({ ...route, ...more }).success

t.test('the least that a route has, and all that it may have', async (t) => {
  t.ok(accepts({}))
  t.ok(
    accepts({
      Host: 'shop.example.com',
      PathPrefix: '/api',
      StripPrefix: true,
      TLS: { Certificate: '/etc/cert.pem', Key: '/etc/key.pem' },
      Timeouts: { Connect: '1s', Server: '1m30s', Client: '500ms' },
      Balance: 'least_conn',
      MaxFails: 0,
      FailTimeout: '5s',
      Hitless: false,
      Backends: [
        { Name: 'blue', Weight: 95, Servers: [server], Check: { Path: '/health', Interval: '1s', Rise: 1, Fall: 1 } },
        { Name: 'green', Weight: 5, Servers: [] },
      ],
    }),
  )
})

t.test('where it listens', async (t) => {
  for (const Listen of [':80', '127.0.0.1:8080', '[::1]:443', '0.0.0.0:65535']) t.ok(accepts({ Listen }), Listen)
  for (const Listen of ['80', 'localhost:80', ':0', ':65536', '::1:80', '']) t.notOk(accepts({ Listen }), Listen)
})

t.test('nothing in it can be taken for a line of a configuration file', async (t) => {
  const sly = ['a b', 'a\nb', 'a;b', "a'b", 'a"b', 'a{b', 'a#b', 'a\\b', 'a$b']
  for (const text of sly) {
    t.notOk(accepts({ Name: text }), `Name ${text}`)
    t.notOk(accepts({ Host: text }), `Host ${text}`)
    t.notOk(accepts({ Backends: [{ Name: 'blue', Servers: [{ ...server, Host: text }] }] }), `server ${text}`)
  }
  for (const text of ['a', '/a b', '/a\n', '/a?b', '/a%20', '/a"', '/a#', '/{a}', '/a\\', '/$a', '/a;']) {
    t.notOk(accepts({ PathPrefix: text }), `PathPrefix ${text}`)
  }
})

t.test('names are not there twice, and nothing is misspelt', async (t) => {
  t.notOk(accepts({ Backends: [] }))
  t.notOk(accepts({ Backends: [{ Name: 'blue', Servers: [server, server] }] }))
  t.notOk(
    accepts({
      Backends: [
        { Name: 'blue', Servers: [server] },
        { Name: 'green', Servers: [server] },
      ],
    }),
  )
  t.notOk(accepts({ Backends: [route.Backends[0], { Name: 'blue', Servers: [] }] }))
  t.notOk(accepts({ Backend: [] }))
  t.notOk(accepts({ FailTimeout: '5' }))
})
