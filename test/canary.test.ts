import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createServer } from 'node:http'
import { inspect } from 'node:util'
import t from 'tap'
import { createPlugins } from '@infrakit/discovery'
import { groupInterface, InfrakitError, type GroupSpec } from '@infrakit/spi'
import { rejection, waitUntil } from '@infrakit/testing'
import { createHousehold } from './canary/household.js'
import { leaksIn, makeSecrets } from './canary/secrets.js'

interface Pem {
  readonly ca: string
  readonly serverCert: string
  readonly serverKey: string
  readonly clientCert: string
  readonly clientKey: string
}

const certificates = new URL('../../packages/rpc/dist/test/certificates.js', import.meta.url).href
const { pem } = (await import(certificates)) as { pem: Pem }
const keyLine = (key: string) => key.split('\n')[1] ?? ''

/** What a specification holds that a person would not want to see on a screen. */
const inSpecification = makeSecrets('password', 'env', 'init')
/** What nothing shows, not even to the one who gave it. */
const neverShown = {
  ...makeSecrets('variable', 'token', 'wrongToken'),
  serverKey: keyLine(pem.serverKey).slice(20),
  clientKey: keyLine(pem.clientKey).slice(20),
}
const secrets = { ...inSpecification, ...neverShown }

function group(Size: number): object {
  const { password, env, init } = inSpecification
  return {
    ID: 'web',
    Properties: {
      Allocation: { Size },
      Instance: { Plugin: 'instance-file', Properties: { Password: password, Env: [`API_TOKEN=${env}`] } },
      Flavor: {
        Plugin: 'flavor-combo',
        Properties: { Flavors: [{ Plugin: 'flavor-vanilla', Properties: { Init: [`export TOKEN=${init}`] } }] },
      },
    },
  }
}

/** The group with something wrong in it, next to its secrets or in their place. */
function wrongGroups(): Record<string, unknown> {
  const { password, env, init } = inSpecification
  const good = group(1) as { ID: string; Properties: Record<string, unknown> }
  const vary = (more: object) => ({ ...good, Properties: { ...good.Properties, ...more } })
  const vanilla = (Properties: unknown) => vary({ Flavor: { Plugin: 'flavor-vanilla', Properties } })
  return {
    'text for Init': vanilla({ Init: `export TOKEN=${init}` }),
    'object among the lines': vanilla({ Init: [{ Token: init }] }),
    'list for a tag': vanilla({ Tags: { Password: [password] } }),
    'unknown key': vanilla({ Init: [init], Password: password }),
    'text for properties': vanilla(password),
    'attachment that is a text': vanilla({ Attachments: [password] }),
    'text for the allocation': vary({ Allocation: password }),
    'list for the size': vary({ Allocation: { Size: [password] } }),
    'text for identities': vary({ Allocation: { LogicalIDs: password } }),
    'text for the flavor': vary({ Flavor: password }),
    'text for the update': vary({ Updating: password }),
    'object for a duration': vary({ Updating: { Duration: { Password: password } } }),
    'text for the properties of the group': { ID: 'web', Properties: password },
    'text for the group': password,
    'list for the ID': { ...good, ID: [password] },
    'address that nobody answers': vanilla({
      InitScriptTemplateURL: `http://user:${password}@127.0.0.1:1/x?token=${env}`,
    }),
    'template with a mistake': vanilla({ InitScriptTemplateURL: `str://export TOKEN=${init} {{ .Nothing }}` }),
    'parts of a combo': vary({
      Flavor: {
        Plugin: 'flavor-combo',
        Properties: { Flavors: [{ Plugin: 'flavor-vanilla', Properties: { Init: init } }] },
      },
    }),
    'parts of a combo as texts': vary({ Flavor: { Plugin: 'flavor-combo', Properties: { Flavors: [password] } } }),
  }
}

/** Commands that show what is in a specification, as it was given or as an instance was made of it. docs/security.md lists them. */
const showing: readonly (readonly string[])[] = [
  ['group', 'spec', 'web'],
  ['group', 'history', 'web', '--json'],
  ['group', 'describe', 'web', '--json'],
  ['group', 'inspect', 'web', '--json'],
  ['instance-file', 'describe', '--properties', '--json'],
]

/** All others that have to do with the group. */
const silent: readonly (readonly string[])[] = [
  ['plugin', 'ls'],
  ['plugin', 'ls', '--json'],
  ['plugin', 'info', 'group', '--json'],
  ['group', 'ls', '--json'],
  ['group', 'describe', 'web'],
  ['group', 'history', 'web'],
  ['instance-file', 'describe'],
  ['instance-file', 'describe', '--json'],
]

t.test('nothing secret comes out, whatever goes right or wrong', async (t) => {
  const { variable, token, wrongToken } = neverShown
  const house = await createHousehold(t, { APP_SECRET: variable, INFRAKIT_TOKEN: token })
  const { file, said, start, infrakit } = house
  const ca = await file('ca.pem', pem.ca)
  const client = {
    INFRAKIT_TLS_CA: ca,
    INFRAKIT_TLS_CERT: await file('client.crt', pem.clientCert),
    INFRAKIT_TLS_KEY: await file('client.key', pem.clientKey),
  }
  const crt = await file('server.crt', pem.serverCert)
  const key = await file('server.key', pem.serverKey)
  const tokenFile = await file('token', `${token}\n`)
  const served = [
    '--listen',
    'tcp://127.0.0.1:0',
    '--tls-cert',
    crt,
    '--tls-key',
    key,
    '--tls-ca',
    ca,
    '--token-file',
    tokenFile,
  ]

  const instances = await start('instance-file', served)
  await start('flavor-vanilla')
  await start('flavor-combo')
  const groups = await start('group', [], client)
  const run = (args: readonly string[], env: Record<string, string> = {}, told = true) =>
    infrakit(args, { env: { ...client, ...env }, told })

  await t.test('when all goes well', async (t) => {
    const path = await file('web.json', JSON.stringify(group(2)))
    t.match(await run(['group', 'commit', path, '--debug']), { code: 0 })
    t.match(await run(['group', 'describe', path, '--json']), { code: 0 })
    await waitUntil(
      'two instances',
      async () => {
        const { text } = await run(['group', 'describe', 'web', '--json'], {}, false)
        return (JSON.parse(text) as { Converged: boolean }).Converged
      },
      40_000,
    )
    for (const args of silent) t.match(await run(args), { code: 0 }, args.join(' '))
  })

  await t.test('commands that show the specification show it, and nothing else', async (t) => {
    for (const args of showing) {
      const { code, text } = await run(args, {}, false)
      t.equal(code, 0, text)
      t.match(text, inSpecification.password, args.join(' '))
      t.same(leaksIn([{ where: args.join(' '), text }], neverShown), [])
    }
  })

  await t.test('when what is given is wrong', async (t) => {
    const plugins = createPlugins(join(house.home, 'plugins'))
    t.teardown(() => plugins.close())
    const commits = await plugins.get(groupInterface, 'group')
    for (const [what, spec] of Object.entries(wrongGroups())) {
      const error = await rejection(commits.commitGroup({ Spec: spec as GroupSpec }))
      t.type(error, InfrakitError, what)
      said.push({ where: `the error about a ${what}`, text: inspect(error, { depth: 9, showHidden: true }) })
    }
    for (const what of ['text for Init', 'parts of a combo', 'text for the group', 'list for the ID']) {
      const path = await file(`${what.replaceAll(' ', '-')}.json`, JSON.stringify(wrongGroups()[what]))
      for (const flags of [['--debug'], ['--json', '--debug']]) {
        t.not((await run(['group', 'commit', path, ...flags])).code, 0, what)
      }
    }
    const { password } = inSpecification
    const texts = {
      'a.json': `{"ID":"web","Password":"${password}" oops}`,
      'b.json': `{"ID":${password}}`,
      'c.yml': `ID: web\nProperties: *${password}`,
      'd.yml': `ID: [${password}`,
    }
    for (const [name, text] of Object.entries(texts)) {
      t.equal((await run(['group', 'commit', await file(name, text), '--debug'])).code, 2, name)
    }
    const brokenKey = await file('broken.key', `-----BEGIN EC PRIVATE KEY-----\n${wrongToken}\n`)
    const wrong: Record<string, string>[] = [{ INFRAKIT_TOKEN: wrongToken }, { INFRAKIT_TLS_KEY: brokenKey }]
    for (const env of wrong) t.not((await run(['instance-file', 'describe', '--debug'], env)).code, 0)
  })

  await t.test('when a plugin cannot start', async (t) => {
    const bad = await file(
      'bad.key',
      `-----BEGIN EC PRIVATE KEY-----\n${keyLine(pem.serverKey)}\n-----END EC PRIVATE KEY-----\n`,
    )
    const words = await file('two-words', `${token} ${token}`)
    const flags = served.map((flag) => (flag === key ? bad : flag))
    t.not((await house.fail('flavor-vanilla', ['--name', 'other', ...flags])).code, 0)
    t.not(
      (await house.fail('flavor-vanilla', ['--name', 'other', '--listen', 'tcp://127.0.0.1:0', '--token-file', words]))
        .code,
      0,
    )
  })

  await t.test('when another plugin answers with half of what it should', async (t) => {
    const { password } = inSpecification
    const answers = [
      `{"jsonrpc":"2.0","result":{"Descriptions":[{"ID":"a","Properties":{"Password":"${password}"`,
      `{"hello":"${password}"}`,
    ]
    for (const [at, answer] of answers.entries()) {
      const path = join(house.home, 'plugins', `half${at}`)
      const server = createServer((_req, res) => res.end(answer)).listen(path)
      t.teardown(() => server.close())
      t.not((await run(['instance', '--name', `half${at}`, 'describe', '--debug'])).code, 0)
    }
  })

  await t.test('when files are damaged and processes killed', async (t) => {
    await instances.end('SIGKILL')
    await groups.end('SIGKILL')
    const files = await house.files()
    for (const { where, text } of files.filter((one) => /^(state\/group\/groups|instances)\//.test(one.where))) {
      await writeFile(join(house.home, where), text.replace(/("Password": *)"/, '$1'))
    }
    await start('instance-file', served)
    await start('group', [], client)
    t.match(await run(['instance-file', 'describe', '--json']), { code: 0 })
    await run(['group', 'describe', 'web', '--debug'])
  })

  await t.test('specifications are kept where they must be, for the owner alone', async (t) => {
    const files = await house.files()
    const keeping = files.filter((one) => leaksIn([one], secrets).length > 0)
    t.ok(keeping.length >= 2)
    for (const { where, mode } of keeping) {
      t.match(where, /^(state\/group\/groups\/|instances\/instance-\d+$)/)
      t.equal(mode & 0o077, 0, where)
    }
    t.same(leaksIn(keeping, neverShown), [], 'and what is not of the specification is kept nowhere')
  })

  await house.end()
  t.ok(said.length > 40)
  for (const name of ['group', 'instance-file', 'flavor-vanilla', 'flavor-combo']) {
    t.match(
      said.find(({ where }) => where === `the log of ${name}`)?.text,
      /"level":"debug"/,
      `${name} logged all it can`,
    )
  }
  t.same(leaksIn(said, secrets), [])
})

t.test('control: a process that says what it was told is caught, secret by secret', async (t) => {
  // Without the secret of the whole run, which nobody may say.
  const house = await createHousehold(t, { ...secrets, INFRAKIT_TEST_CANARY: '' })
  await house.script('talker', new URL('canary/logs-environment.js', import.meta.url))
  t.same(
    leaksIn(house.said, secrets).map((leak) => leak.split(' in ', 1)[0]),
    Object.keys(secrets),
  )
  const encoded = Buffer.from(neverShown.token).toString('base64')
  t.match(leaksIn([{ where: 'a log', text: `Authorization: ${encoded}` }], secrets), [/^token in a log/])
})
