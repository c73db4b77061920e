import t from 'tap'
import { describeAddress, parseAddress, type EngineAddress } from '../src/engine-address.js'
import { tlsFromEnv } from '../src/find-engine.js'

const tls = { folder: '/certs', verify: true }

t.test('addresses', async (t) => {
  const ssh = { kind: 'ssh', host: 'box', port: undefined, user: undefined, path: undefined } as const
  const cases: [text: string, expected: EngineAddress, written?: string][] = [
    ['unix:///var/run/docker.sock', { kind: 'unix', path: '/var/run/docker.sock' }],
    ['tcp://box:1234', { kind: 'tcp', host: 'box', port: 1234 }],
    ['tcp://box', { kind: 'tcp', host: 'box', port: 2375 }, 'tcp://box:2375'],
    ['tcp://box:80', { kind: 'tcp', host: 'box', port: 80 }],
    ['tcp://[::1]:1234', { kind: 'tcp', host: '::1', port: 1234 }],
    ['box:1234', { kind: 'tcp', host: 'box', port: 1234 }, 'tcp://box:1234'],
    ['https://box:1', { kind: 'tls', host: 'box', port: 1, tls: { folder: undefined, verify: true } }, 'tcp://box:1'],
    ['ssh://box', ssh],
    ['ssh://me@box:22', { ...ssh, user: 'me', port: 22 }],
    ['ssh://box/run/user/1000/docker.sock', { ...ssh, path: '/run/user/1000/docker.sock' }],
  ]
  for (const [text, expected, written = text] of cases) {
    t.same(parseAddress(text, 'DOCKER_HOST'), expected, text)
    t.equal(describeAddress(expected), written, text)
  }
  t.same(parseAddress('tcp://box', 'DOCKER_HOST', tls), { kind: 'tls', host: 'box', port: 2376, tls })
})

t.test('what is no address: the error names where it stands, and says what would be one', async (t) => {
  const cases: [text: string, message: RegExp][] = [
    ['unix://docker.sock', /must begin with a slash/],
    ['npipe:////./pipe/docker_engine', /no way to 'npipe:/],
    ['fd://', /no way to 'fd:/],
    ['somewhere', /expected unix:/],
    ['tcp://', /expected unix:/],
    ['tcp://box:99999', /expected unix:/],
    ['tcp://box:1/prefix', /nothing may follow the port/],
    ['tcp://me@box:1', /takes certificates/],
    ['ssh://-oProxyCommand=evil', /dash/],
    ['ssh://-l@box', /dash/],
    ['ssh://box/$(evil)', /a shell minds/],
  ]
  for (const [text, message] of cases) {
    t.throws(
      () => parseAddress(text, 'DOCKER_HOST'),
      { kind: 'input', path: 'DOCKER_HOST', message, hint: /unset it/ },
      text,
    )
  }
  t.throws(
    () => parseAddress('ssh://me:s3cret@box', 'DOCKER_HOST'),
    { message: /^(?!.*s3cret).*me:\.\.\.@box.*no password/ },
    'a password is not repeated',
  )
})

t.test('TLS is used where the environment asks for it, and checked unless it says not to', async (t) => {
  t.equal(tlsFromEnv({}, '/home'), undefined)
  t.same(tlsFromEnv({ DOCKER_TLS_VERIFY: '1' }, '/home'), { folder: '/home', verify: true })
  t.same(tlsFromEnv({ DOCKER_CERT_PATH: '/certs' }, '/home'), { folder: '/certs', verify: true })
  t.same(tlsFromEnv({ DOCKER_TLS: '1' }, '/home'), { folder: '/home', verify: false })
  t.same(tlsFromEnv({ DOCKER_TLS: '1', DOCKER_TLS_VERIFY: '1' }, '/home'), { folder: '/home', verify: true })
})
