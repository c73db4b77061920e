import { tag } from '@infrakit/spi'
import t from 'tap'
import { environmentOf, refuseNul } from '../src/environment.js'

const own = { PATH: '/p', HOME: '/h', LANG: 'C', SECRET: 's', NODE_OPTIONS: '-x' }

const instance = {
  ID: 'process-1',
  LogicalID: null,
  Tags: { [tag.group]: 'web' },
  Ports: [
    { Name: 'http', Port: 20001, Protocol: 'tcp' },
    { Name: 'x', Port: 20002, Protocol: 'udp' },
  ],
  attachments: [
    { ID: '/a', Type: 'bind' },
    { ID: '/b', Type: 'bind' },
  ],
}

t.test('little of the plugin is handed on', async (t) => {
  t.same(environmentOf(own, {}, 'm', {}), { PATH: '/p', HOME: '/h', LANG: 'C', INFRAKIT_PROCESS: 'm' })
  t.same(environmentOf({}, {}, 'm', {}), { PATH: '/usr/local/bin:/usr/bin:/bin', INFRAKIT_PROCESS: 'm' })
})

t.test('ports and identity', async (t) => {
  t.same(environmentOf({ PATH: '/p' }, { A: '1' }, 'm', { instance }), {
    PATH: '/p',
    A: '1',
    PORT: '20001',
    PORT_http: '20001',
    PORT_x: '20002',
    INFRAKIT_INSTANCE_ID: 'process-1',
    INFRAKIT_GROUP: 'web',
    INFRAKIT_ATTACHMENTS: '/a:/b',
    INFRAKIT_PROCESS: 'm',
  })
})

t.test('what is given wins, except over what is ours', async (t) => {
  const user = { uid: 1, gid: 1, name: 'u', home: '/home/u' }
  const given = { HOME: '/mine', PORT: '1', INFRAKIT_PROCESS: 'stolen', INFRAKIT_INSTANCE_ID: 'other' }
  t.match(environmentOf(own, given, 'm', { instance, user }), {
    HOME: '/mine',
    USER: 'u',
    PORT: '1',
    INFRAKIT_PROCESS: 'm',
    INFRAKIT_INSTANCE_ID: 'process-1',
  })
})

t.test('what no process can be handed', async (t) => {
  refuseNul({ LogicalID: 'fine', Init: null })
  t.throws(() => refuseNul({ LogicalID: 'a\0b' }), /LogicalID: must not hold the character NUL/)
})
