import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { temporaryFolder, type Teardown } from '@infrakit/testing'
import type { DockerConfig } from '../src/config-file.js'
import { registryAuth } from '../src/registry-auth.js'
import { rejects } from './support.js'

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** Docker's configuration, with helpers that are shell scripts; what they are asked stands in `asked`. */
async function configured(t: Teardown, config: DockerConfig | string, helpers: Record<string, string> = {}) {
  const folder = await temporaryFolder(t)
  const bin = join(folder, 'bin')
  await mkdir(bin)
  await writeFile(join(folder, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config))
  for (const [name, script] of Object.entries(helpers)) {
    const path = join(bin, `docker-credential-${name}`)
    await writeFile(path, `#!/bin/sh\nread -r server\n${script}\n`)
    await chmod(path, 0o755)
  }
  return { env: { DOCKER_CONFIG: folder, PATH: `${bin}:/usr/bin:/bin` }, home: folder }
}

t.test('credentials in the file itself', async (t) => {
  const options = await configured(t, {
    auths: {
      'host:5000': { auth: base64('me:pass:word') },
      'https://with.path/v2/': { auth: base64('you:p') },
      'https://index.docker.io/v1/': { auth: base64('hub:p') },
      'token.io': { auth: base64('me:'), identitytoken: 'T' },
      'empty.io': {},
    },
  })
  const auth = (registry: string) => registryAuth(registry, options)
  t.same(await auth('host:5000'), { username: 'me', password: 'pass:word', serveraddress: 'host:5000' })
  t.match(await auth('with.path'), { username: 'you' })
  t.match(await auth('docker.io'), { username: 'hub', serveraddress: 'https://index.docker.io/v1/' })
  t.same(await auth('token.io'), { identitytoken: 'T', serveraddress: 'token.io' })
  for (const registry of ['empty.io', 'other', 'host', '__proto__']) t.equal(await auth(registry), undefined, registry)
})

t.test('no configuration: no credentials', async (t) => {
  t.equal(await registryAuth('host', { env: {}, home: await temporaryFolder(t) }), undefined)
})

t.test('credential helpers: the own one of a registry goes before the general one', async (t) => {
  const answer = (user: string) =>
    `printf '{"ServerURL":"%s","Username":"${user}","Secret":"%s"}' "$server" "for-$server-$1"`
  const options = await configured(
    t,
    {
      credsStore: 'all',
      credHelpers: { 'own.io': 'own', 'token.io': 'token' },
      auths: { 'none.io': { auth: base64('file:p') } },
    },
    {
      all: `[ "$server" = none.io ] && { echo 'credentials not found in native keychain'; exit 1; }\n${answer('general')}`,
      own: answer('own'),
      token: `echo '{"Username":"<token>","Secret":"T"}'`,
    },
  )
  const auth = (registry: string) => registryAuth(registry, options)
  t.same(await auth('own.io'), { username: 'own', password: 'for-own.io-get', serveraddress: 'own.io' })
  t.match(await auth('other.io'), { username: 'general', password: 'for-other.io-get' })
  t.match(await auth('docker.io'), { password: 'for-https://index.docker.io/v1/-get' })
  t.same(await auth('token.io'), { identitytoken: 'T', serveraddress: 'token.io' })
  t.match(await auth('none.io'), { username: 'file' }, 'what the helper does not have may be in the file')
})

t.test('helpers that fail: what they print, which may be secret, is not repeated', async (t) => {
  const helpers = {
    garbage: 'echo s3cret',
    half: `echo '{"Username":"s3cret"}'`,
    failing: 'echo s3cret; exit 7',
    killed: 'kill -9 $$',
  }
  const cases: [helper: string, message: RegExp, hint: RegExp][] = [
    ['garbage', /docker-credential-garbage: it printed no JSON/, /Try `echo host \|/],
    ['half', /it printed no Username and Secret/, /Try/],
    ['failing', /it ended with status 7/, /install|remove/],
    ['killed', /it was ended by SIGKILL/, /install/],
    ['absent', /docker-credential-absent: spawn .*ENOENT/, /install docker-credential-absent on the PATH/],
    ['../evil', /no program has such a name/, /remove its entry/],
  ]
  for (const [helper, message, hint] of cases) {
    const options = await configured(t, { credsStore: helper }, helpers)
    const error: unknown = await registryAuth('host', options).catch((error: unknown) => error)
    t.match(error, { kind: 'input', message, hint }, helper)
    t.notMatch(JSON.stringify(error) + String(error), /s3cret/, helper)
  }
})

t.test('a damaged file', async (t) => {
  const auths = await configured(t, { auths: { host: { auth: 'bm8gY29sb24=' } } })
  await rejects(t, registryAuth('host', auths), {
    kind: 'input',
    message: /no user and password/,
    path: 'auths.host.auth',
    hint: /docker login host/,
  })
  const options = await configured(t, 'no json s3cret')
  await rejects(t, registryAuth('host', options), { kind: 'input', message: /^(?!.*s3cret)/ })
})
