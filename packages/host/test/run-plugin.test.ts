import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lifecycleInterface, metadataInterface } from '@infrakit/spi'
import { rejection, temporaryFolder, waitUntil } from '@infrakit/testing'
import { clientFor, runMain } from './support.js'

t.test('serves on a socket, logs one line with it, ends on SIGTERM with 0 and leaves nothing behind', async (t) => {
  const plugin = await runMain(t)
  const listening = await plugin.line('listening')
  const socket = join(plugin.plugins, 'sample')
  t.match(listening, { level: 'info', plugin: 'sample', listen: socket, pid: plugin.pid })
  t.equal(statSync(socket).mode & 0o777, 0o600)
  t.same(readdirSync(plugin.plugins), ['sample', 'sample.pid'])
  const value = await clientFor(t, socket).bind(metadataInterface).get({ Path: 'color' })
  t.match(value, { Value: 'red' })
  t.same(await plugin.end('SIGTERM'), { code: 0, signal: null })
  t.same(readdirSync(plugin.plugins), [])
  t.same(readdirSync(plugin.home), ['plugins'], 'no lock is left, and no state folder was made')
  t.same(
    plugin.lines().map(({ msg }) => msg),
    ['listening', 'stopping', 'plugin stops', 'stopped'],
  )
  t.match(plugin.lines()[2], { aborted: true })
})

t.test('ends on SIGINT as well', async (t) => {
  const plugin = await runMain(t)
  await plugin.line('listening')
  t.same(await plugin.end('SIGINT'), { code: 0, signal: null })
  t.same(readdirSync(plugin.plugins), [])
})

t.test('a call in flight is finished before it ends; the name is not free until then', async (t) => {
  const plugin = await runMain(t)
  await plugin.line('listening')
  const go = join(plugin.home, 'go')
  const stop = clientFor(t, plugin.plugins, 'sample').bind(lifecycleInterface).stop({ Instance: go })
  await plugin.line('waiting')
  plugin.child.kill('SIGTERM')
  await plugin.line('stopping')
  t.ok(existsSync(join(plugin.plugins, 'sample')))
  writeFileSync(go, '')
  await t.resolves(stop)
  t.same(await plugin.exited, { code: 0, signal: null })
  t.match(await plugin.line('waited'), { aborted: false }, 'the signal is aborted after the last call')
})

t.test('a second signal ends it at once, with 1', async (t) => {
  const plugin = await runMain(t)
  await plugin.line('listening')
  const stop = clientFor(t, plugin.plugins, 'sample').bind(lifecycleInterface).stop({ Instance: '/no/such/file' })
  const failed = rejection(stop)
  await plugin.line('waiting')
  plugin.child.kill('SIGTERM')
  await plugin.line('stopping')
  plugin.child.kill('SIGINT')
  t.same(await plugin.exited, { code: 1, signal: null })
  t.match(await failed, { kind: /unavailable|timeout|plugin-failed/ })
})

t.test('told to end while it starts: ends in order once it has started, a second time at once', async (t) => {
  for (const twice of [false, true]) {
    const go = join(await temporaryFolder(t), 'go')
    const plugin = await runMain(t, ['--start-after', go])
    await plugin.line('starting')
    plugin.child.kill('SIGTERM')
    if (twice) plugin.child.kill('SIGINT')
    else writeFileSync(go, '')
    t.same(await plugin.exited, { code: twice ? 1 : 0, signal: null })
    t.same(
      readdirSync(plugin.plugins).filter((name) => !name.startsWith('.')),
      [],
    )
  }
})

t.test('when nobody reads its log any more, it goes on', async (t) => {
  const plugin = await runMain(t, ['--log', '5'])
  await plugin.line('listening')
  plugin.child.stderr?.destroy()
  const metadata = clientFor(t, plugin.plugins, 'sample').bind(metadataInterface)
  for (let i = 0; i < 20; i++) t.match(await metadata.get({ Path: 'name' }), { Value: 'sample' })
  t.same(await plugin.end(), { code: 0, signal: null })
})

t.test('its successor starts over what a killed one left', async (t) => {
  const first = await runMain(t, ['--use-state'])
  await first.line('listening')
  await first.end('SIGKILL')
  t.ok(existsSync(join(first.plugins, 'sample')))
  const second = await runMain(t, ['--use-state'], { home: first.home })
  await second.line('listening')
  await second.end()
})

t.test('a living twin is refused with one clear line that names its pid, and exit status 1', async (t) => {
  const first = await runMain(t)
  await first.line('listening')
  const second = await runMain(t, [], { home: first.home })
  t.equal((await second.exited).code, 1)
  t.equal(
    second.output(),
    `infrakit-sample: plugin 'sample' is already running: process ${first.pid}\n` +
      `  Stop it (kill ${first.pid}), or give this one another name: --name.\n`,
  )
  const third = await runMain(t, ['--name', 'other'], { home: first.home })
  await third.line('listening')
  t.same(readdirSync(first.plugins), ['other', 'other.pid', 'sample', 'sample.pid'])
})

t.test('two at once: exactly one serves', async (t) => {
  const first = await runMain(t)
  const second = await runMain(t, [], { home: first.home })
  const pair = [first, second]
  await waitUntil('one to listen', () => pair.some((one) => one.lines().some(({ msg }) => msg === 'listening')))
  await waitUntil('one to give up', () => pair.some((one) => one.child.exitCode === 1))
  t.equal(pair.filter((one) => one.child.exitCode === null).length, 1)
})

t.test('one state folder, one process: the second is refused, naming the first', async (t) => {
  const first = await runMain(t, ['--use-state'])
  await first.line('listening')
  const state = join(first.home, 'state', 'sample')
  t.equal(statSync(state).mode & 0o777, 0o700)
  const second = await runMain(t, ['--use-state', '--name', 'b', '--state-dir', state], { home: first.home })
  t.equal((await second.exited).code, 1)
  t.match(second.output(), `infrakit-sample: the state folder ${state} is in use by process ${first.pid}\n`)
  t.match(second.output(), '--state-dir')
  t.same(readdirSync(first.plugins), ['sample', 'sample.pid'], 'the name is given up again')
  await first.end()
  t.same(readdirSync(state), [])
})

t.test('an error that nobody caught is logged, and ends it with 1', async (t) => {
  for (const path of ['crash', 'reject']) {
    const plugin = await runMain(t)
    await plugin.line('listening')
    await rejection(clientFor(t, plugin.plugins, 'sample').bind(metadataInterface).get({ Path: path }))
    t.same(await plugin.exited, { code: 1, signal: null }, path)
    t.match(await plugin.line('ended by an error that nobody caught'), {
      level: 'fatal',
      err: { message: /by nobody in particular/ },
    })
  }
})

t.test('errors at start: one clear line, a hint, the status of their kind, no stack', async (t) => {
  const cases: [string[], number, string | RegExp][] = [
    [['--fail', 'hint'], 2, 'infrakit-sample: no such color\n  Try red.\n'],
    [['--fail', 'conflict'], 1, 'infrakit-sample: busy\n'],
    [['--fail', 'defect'], 1, /^infrakit-sample: x is not a function\n {2}Use --debug .*\n$/],
    [['--fail', 'defect', '--debug'], 1, /^infrakit-sample: x is not a function\nTypeError: .*\n {4}at /],
    [
      ['--nmae', 'x'],
      2,
      "infrakit-sample: unknown option '--nmae' (Did you mean --name?)\n  See infrakit-sample --help.\n",
    ],
    [['extra'], 2, /^infrakit-sample: too many arguments/],
    [
      ['--log', '6'],
      2,
      /^infrakit-sample: option '--log <0..5>' argument '6' is invalid. expected a number from 0 to 5/,
    ],
    [['--log-format', 'xml'], 2, /^infrakit-sample: option '--log-format.*Allowed choices are json, pretty/],
    [['--name', 'a/b'], 2, /^infrakit-sample: 'a\/b' cannot be the name of a plugin's socket\n/],
    [['--plugins-dir', '/proc/none'], 2, /^infrakit-sample: no plugin folder: cannot make the folder \/proc\/none/],
    [['--plugins-dir', `/tmp/${'x'.repeat(120)}`], 2, /^infrakit-sample: a socket in .* needs a path of/],
    [['--listen', '80'], 2, 'infrakit-sample: --listen: expected tcp://HOST:PORT, got "80"\n'],
    [['--token-file', 'x'], 2, /^infrakit-sample: --token-file is of no use without --listen/],
  ]
  const results = cases.map(async ([args, code, output]) => {
    const plugin = await runMain(t, args)
    const ended = await plugin.exited
    return {
      args,
      ended,
      code,
      output,
      got: plugin.output(),
      left: existsSync(plugin.plugins) ? readdirSync(plugin.plugins) : [],
    }
  })
  for (const { args, ended, code, output, got, left } of await Promise.all(results)) {
    t.same(ended, { code, signal: null }, args.join(' '))
    if (typeof output === 'string') t.equal(got, output)
    else t.match(got, output)
    t.same(left, [])
  }
})

t.test('--version and --help print and end with 0', async (t) => {
  const version = await runMain(t, ['--version'])
  t.equal((await version.exited).code, 0)
  t.equal(version.output(), 'infrakit-sample 0.1.0\n')
  const help = await runMain(t, ['--help'])
  t.equal((await help.exited).code, 0)
  for (const flag of [
    ...['--name', '--plugins-dir', '--state-dir', '--log ', '--log-format', '--listen', '--tls-cert', '--tls-key'],
    ...['--tls-ca', '--token-file', '--insecure', '--version', '--help', '--color', 'Does what a test needs'],
  ]) {
    t.match(help.output(), flag)
  }
  t.notOk(existsSync(help.plugins))
})

t.test('an error inside a call is answered, logged without what was asked, and ends nothing', async (t) => {
  const plugin = await runMain(t, ['--log', '5'])
  await plugin.line('listening')
  const metadata = clientFor(t, plugin.plugins, 'sample').bind(metadataInterface)
  t.match(await rejection(metadata.get({ Path: 'defect' })), { kind: 'internal' })
  t.match(await plugin.line('internal error'), { level: 'error', err: { message: 'a defect' } })
  const broken = join(plugin.home, 'state', 'sample')
  await metadata.get({ Path: 'name' })
  const failed = await plugin.line('call', ({ error }) => error !== undefined)
  t.match(failed, { method: 'Metadata.Get', error: 'internal' })
  const answered = await plugin.line('call', ({ error }) => error === undefined)
  t.match(answered, { method: 'Metadata.Get', ms: Number })
  t.notOk(existsSync(broken))
})

t.test('a damaged file of the plugin: plugin-failed with what to do, and an error line with its path', async (t) => {
  const plugin = await runMain(t, ['--use-state'])
  await plugin.line('listening')
  const path = join(plugin.home, 'state', 'sample', 'broken.json')
  writeFileSync(path, '{"secret": "hunter2"')
  const error = await rejection(clientFor(t, plugin.plugins, 'sample').bind(metadataInterface).get({ Path: 'state' }))
  t.match(error, { kind: 'plugin-failed', message: path, hint: /move it away/ })
  await waitUntil('the line', () => plugin.lines().find((line) => line.path === path))
  t.notMatch(plugin.output(), 'hunter2')
})

t.test('events are offered by plugins that say so, and by no others', async (t) => {
  for (const [main, offered] of [
    ['publishing-main', true],
    ['main', false],
  ] as const) {
    const plugin = await runMain(t, [], { main })
    await plugin.line('listening')
    const { objects } = await clientFor(t, plugin.plugins, 'sample').handshake()
    t.equal(
      objects.some(({ name }) => name === 'Event'),
      offered,
    )
  }
})

t.test('a request longer than --max-body is refused, and a shorter one taken', async (t) => {
  const plugin = await runMain(t, ['--max-body', '0.01'])
  await plugin.line('listening')
  const metadata = clientFor(t, plugin.plugins, 'sample').bind(metadataInterface)
  t.match(await rejection(metadata.get({ Path: 'x'.repeat(20_000) })), { message: /longer than 10485/ })
  t.match(await metadata.get({ Path: 'color' }), {})
  const wrong = await runMain(t, ['--max-body', 'much'])
  t.equal((await wrong.exited).code, 2)
  t.match(wrong.output(), /expected a number of MiB/)
})
