import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { portRange } from '../src/ports.js'
import { countOf, foldersIn, open, rejection, sh, sleeper } from './support.js'

const root = process.getuid?.() === 0

t.test('what is wrong is named, before anything is made', async (t) => {
  const { instance, dir } = await open(t)
  const folder = await temporaryFolder(t)
  const file = join(folder, 'file')
  writeFileSync(file, '')
  chmodSync(file, 0o644)
  const cases: [properties: unknown, message: string][] = [
    [undefined, 'Properties.Command: is missing; expected a list'],
    [{ Comand: ['x'] }, "Properties.Comand: unknown key, did you mean 'Command'?"],
    [{ Command: 'sleep 1' }, 'Properties.Command: expected a list, got a text'],
    [{ Command: [''] }, 'Properties.Command: expected a program and its arguments'],
    [{ Command: [] }, 'Properties.Command: expected a program and its arguments'],
    [{ Command: ['a', 'b\0'] }, 'Properties.Command[1]: must not hold the character NUL'],
    [{ ...sleeper, Environment: { 'A B': '1' } }, 'Properties.Environment: names must consist of letters'],
    [
      { ...sleeper, Environment: { INFRAKIT_GROUP: '1' } },
      'Properties.Environment: INFRAKIT_INSTANCE_ID, .* are kept for',
    ],
    [{ ...sleeper, Environment: { A: 1 } }, 'Properties.Environment.A: expected a text, got a number'],
    [{ ...sleeper, WorkingDirectory: 'x' }, 'Properties.WorkingDirectory: expected a path that begins with /'],
    [{ ...sleeper, WorkingDirectory: join(folder, 'no') }, 'Properties.WorkingDirectory: there is no folder'],
    [{ ...sleeper, WorkingDirectory: file }, 'Properties.WorkingDirectory: .* is not a folder'],
    [{ ...sleeper, Ports: [{ Name: 'a b' }] }, 'Properties.Ports\\[0\\].Name: expected letters, digits and _'],
    [{ ...sleeper, Ports: [{ Name: 'a' }, { Name: 'a' }] }, 'Properties.Ports: two ports have the same name'],
    [{ ...sleeper, Ports: [{ Name: 'a', Port: 70000 }] }, 'Properties.Ports\\[0\\].Port: '],
    [{ ...sleeper, StopSignal: 'SIGTEM' }, "did you mean 'SIGTERM'"],
    [{ ...sleeper, StopGrace: 'soon' }, 'Properties.StopGrace: expected a duration such as "10s"'],
    [{ ...sleeper, Log: { MaxSize: 'big' } }, 'Properties.Log.MaxSize: expected a size'],
    [{ ...sleeper, Limits: { OpenFile: 1 } }, "Properties.Limits.OpenFile: unknown key, did you mean 'OpenFiles'?"],
    [{ ...sleeper, Limits: { Memory: '1' } }, 'Properties.Limits: they cannot be set: '],
    [{ ...sleeper, User: 'no-such-user' }, root ? 'there is no such user' : 'only a plugin that runs as root'],
    [{ Command: ['no-such-program'] }, "Properties.Command: there is no program 'no-such-program' in PATH"],
    [{ Command: [file] }, 'Properties.Command: the program .* may not be run'],
    [{ ...sleeper, InitShell: '/no/shell' }, "Properties.InitShell: there is no program '/no/shell'"],
  ]
  for (const [Properties, words] of cases) {
    const { kind, message } = await rejection(instance.validate({ Properties }))
    t.equal(kind, 'input', words)
    const found = message.includes(words) || new RegExp(words.replace(/[?()]/g, '.')).test(message)
    t.ok(found, `${words}: ${message}`)
  }
  t.same(await foldersIn(dir), [])
})

t.test('a program that is missing when an instance is made is a failure to be tried again', async (t) => {
  const { instance, make, dir } = await open(t)
  const Properties = { Command: ['/no/such/program'], InitMode: 'exec' }
  await instance.validate({ Properties })
  const error = await rejection(make(Properties))
  t.match(error, { kind: 'plugin-failed', message: /there is no program '\/no\/such\/program'/, hint: /Install/ })
  t.same(await foldersIn(dir), [])
})

t.test('attachments other than folders are refused', async (t) => {
  const { make, dir } = await open(t)
  const cases = [
    [{ ID: 'v1', Type: 'volume' }, "Attachments[0].Type: a process can have attachments of the type 'bind' only"],
    [{ ID: 'relative', Type: 'bind' }, 'Attachments[0].ID: expected the path of a folder'],
    [{ ID: '/no/such/folder', Type: 'bind' }, 'Attachments[0].ID: there is no folder /no/such/folder'],
  ] as const
  for (const [attachment, words] of cases) {
    const { kind, message } = await rejection(make(sleeper, { Attachments: [attachment] }))
    t.equal(kind, 'input')
    t.ok(message.startsWith(words), message)
  }
  t.same(await foldersIn(dir), [])
})

t.test('Init runs once, before the command and in its surroundings', async (t) => {
  const { make, says, lifecycle } = await open(t)
  const id = await make(
    { ...sh('echo "command: $(cat made)"; exec sleep 100000'), Environment: { A: 'x' } },
    { Init: 'echo init; echo "$A" >>made' },
  )
  t.same(await says(id, 'command: x'), ['init', 'command: x'])
  await lifecycle.stop({ Instance: id })
  await lifecycle.start({ Instance: id })
  t.notOk((await says(id, 'command: x')).slice(1).includes('init'), 'not again at the next start')
})

t.test('Init that fails: its last lines are told, and nothing is left', async (t) => {
  const { make, dir } = await open(t)
  const error = await rejection(make(sleeper, { Init: 'setsid sleep 100000 & echo "no luck" >&2; exit 9' }))
  t.match(error, { kind: 'plugin-failed', message: 'the commands of Init ended with code 9: no luck' })
  t.same(await foldersIn(dir), [])
  t.equal(countOf(dir), 0)
})

t.test('InitMode: ignored or refused', async (t) => {
  const { make, says } = await open(t)
  await says(await make({ ...sh('ls; echo end'), InitMode: 'ignore' }, { Init: 'touch made' }), 'end')
  const refused = make({ ...sleeper, InitMode: 'error' }, { Init: 'touch made' })
  t.match(await rejection(refused), { kind: 'input', path: 'Init', hint: /InitMode/ })
  await make({ ...sleeper, InitMode: 'error' })
})

t.test('limits and users reach the command', async (t) => {
  const { make, says } = await open(t)
  const Limits = { OpenFiles: 77, Memory: '4GiB', CpuSeconds: 100, FileSize: 4096 }
  await says(await make({ ...sh('ulimit -n; ulimit -v; ulimit -t; echo end'), Limits }), 'end').then((lines) =>
    t.same(lines.slice(0, 3), ['77', String(4 * 1024 * 1024), '100']),
  )
  if (!root) return
  const lines = await says(await make({ ...sh('id -un; pwd; echo $HOME; id -G; echo end'), User: 'nobody' }), 'end')
  t.same(lines.slice(0, 3), ['nobody', '/', '/nonexistent'])
  t.equal(lines[3]?.split(' ').length, 1, 'no group of the plugin is kept')
})

t.test('ranges of ports', async (t) => {
  t.same(portRange('1-65535'), { first: 1, last: 65535 })
  for (const wrong of ['', '5', '2-1', '0-5', '1-65536', 'a-b']) {
    t.throws(() => portRange(wrong), /--ports: expected two port numbers/)
  }
})
