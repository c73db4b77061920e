import t from 'tap'
import { parsePort } from '../../src/compose/ports.js'

const tcp = 'tcp'

for (const [text, expected] of [
  ['80', [{ container: 80, protocol: tcp }]],
  ['53/udp', [{ container: 53, protocol: 'udp' }]],
  ['8080:80', [{ container: 80, protocol: tcp, host: 8080 }]],
  ['127.0.0.1:8080:80', [{ container: 80, protocol: tcp, hostIP: '127.0.0.1', host: 8080 }]],
  ['127.0.0.1::80', [{ container: 80, protocol: tcp, hostIP: '127.0.0.1' }]],
  ['[::1]:8080:80/sctp', [{ container: 80, protocol: 'sctp', hostIP: '::1', host: 8080 }]],
  [
    '9000-9001:3000-3001',
    [
      { container: 3000, protocol: tcp, host: 9000 },
      { container: 3001, protocol: tcp, host: 9001 },
    ],
  ],
] as const) {
  t.test(`'${text}' is a port`, async (t) => {
    t.same(parsePort(text), expected)
  })
}

for (const [text, problem] of [
  ['', /whole numbers from 1/],
  ['0', /whole numbers from 1/],
  ['65536', /whole numbers from 1/],
  ['90-80', /whole numbers from 1/],
  ['80:http', /whole numbers from 1/],
  ['127.0.0.1:80', /whole numbers from 1/],
  ['8080:80-81', /same length/],
  ['80/http', /tcp, udp or sctp/],
  ['80/tcp/udp', /expected \[address:\]/],
  ['1:2:3:4', /expected \[address:\]/],
] as const) {
  t.test(`'${text}' is none, and it is said why`, async (t) => {
    t.match(parsePort(text), problem)
  })
}
