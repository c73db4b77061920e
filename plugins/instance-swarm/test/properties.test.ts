import t from 'tap'
import { readProperties } from '../src/properties.js'

const cases: [what: string, properties: unknown, expected: object][] = [
  ['no image', {}, { path: 'Properties.image' }],
  ['a wrong key', { image: 'x', comand: 'y' }, { message: /comand.*command/s }],
  [
    'a key of Compose',
    { image: 'x', restart: 'always' },
    { path: 'Properties.restart', hint: /deploy\.restart_policy/ },
  ],
  ['a key of deploy', { image: 'x', deploy: { replicas: 3 } }, { path: 'Properties.deploy.replicas', hint: /Size/ }],
  ['an address of the host', { image: 'x', ports: ['127.0.0.1:80:80'] }, { path: 'Properties.ports' }],
  [
    'ingress without a virtual address',
    { image: 'x', ports: [{ target: 80, mode: 'ingress' }], deploy: { endpoint_mode: 'dnsrr' } },
    { path: 'Properties.deploy.endpoint_mode' },
  ],
  ['a wrong mode', { image: 'x', Mode: 'replicated' }, { path: 'Properties.Mode' }],
  ['a wrong constraint', { image: 'x', deploy: { placement: { constraints: ['ssd'] } } }, { message: /KEY==VALUE/ }],
  ['nothing', null, { path: 'Properties.image' }],
]

for (const [what, properties, expected] of cases) {
  t.test(`refuses ${what}`, async (t) => {
    t.throws(() => readProperties(properties), { kind: 'input', message: /Properties/, ...expected })
  })
}

t.test('reads the rest', async (t) => {
  const properties = { image: 'x', env_file: '/e', environment: ['A=1'], pull_policy: 'if_not_present' }
  const Resolved = { Image: 'x@sha256:1', Environment: { A: '0', B: '2' } }
  t.match(readProperties({ ...properties, Resolved }), {
    mode: 'replica',
    resolvedImage: 'x@sha256:1',
    envFiles: ['/e'],
    environment: { A: '1', B: '2' },
    pull: 'missing',
    initMode: 'exec',
  })
})
