import { execFileSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kindOf, type Allocation } from '@infrakit/spi'
import { rejection, temporaryFolder, type Teardown } from '@infrakit/testing'
import t from 'tap'
import { createZookeeper } from '../src/plugin.js'

const three: Allocation = { Size: 0, LogicalIDs: ['10.0.0.1', 'zoo-2.example', 'fd00::3'] }
const flavor = createZookeeper({ read: async (url) => url.slice('str://'.length) })

async function scriptOf(Properties: object, LogicalID = '10.0.0.1', Init = ''): Promise<string> {
  const { Spec } = await flavor.prepare({
    Properties: { Type: 'member', ...Properties },
    Spec: { LogicalID, Init },
    Allocation: three,
  })
  return Spec.Init ?? ''
}

/** Runs a script where `commands` are programs that write down how they were called. */
async function run(t: Teardown, script: string, ...commands: string[]): Promise<string> {
  const folder = await temporaryFolder(t)
  const bin = join(folder, 'bin')
  await mkdir(bin)
  for (const name of commands) {
    const body = `#!/bin/sh\nfor word in ${name} "$@"; do printf '%s\\n' "$word"; done >> ${folder}/calls\n`
    await writeFile(join(bin, name), body, { mode: 0o755 })
  }
  execFileSync('sh', ['-c', script], { cwd: folder, env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` } })
  return folder
}

t.test('the script writes the same ensemble for all, and to each its number', async (t) => {
  const properties = { Service: false, ConfigDir: './conf', DataDir: "./my 'data'", Settings: { tickTime: 500 } }
  const seen: string[] = []
  for (const [at, id] of (three.LogicalIDs ?? []).entries()) {
    const folder = await run(t, await scriptOf(properties, id))
    const config = await readFile(join(folder, 'conf/zoo.cfg'), 'utf8')
    t.equal(await readFile(join(folder, "my 'data'/myid"), 'utf8'), `${at + 1}\n`)
    seen.push(config)
  }
  t.equal(new Set(seen).size, 1)
  const expected = [
    'admin.enableServer=false',
    'initLimit=10',
    'syncLimit=5',
    'tickTime=500',
    "dataDir=./my 'data'",
    'clientPort=2181',
    'server.1=10.0.0.1:2888:3888',
    'server.2=zoo-2.example:2888:3888',
    'server.3=[fd00::3]:2888:3888',
    '',
  ]
  t.same(seen[0]?.split('\n'), expected)
})

t.test('with a service the package is brought where it is missing, and the service restarted', async (t) => {
  const script = await scriptOf({ ConfigDir: './conf', DataDir: './data' })
  const absent = script.replace('/usr/share/zookeeper/bin/zkServer.sh', './none')
  const calls = await readFile(join(await run(t, absent, 'apt-get', 'service'), 'calls'), 'utf8')
  t.equal(calls, 'apt-get\nupdate\napt-get\ninstall\n-y\nzookeeperd\nservice\nzookeeper\nrestart\n')
  const present = script.replace('/usr/share/zookeeper/bin/zkServer.sh', '.')
  t.equal(
    await readFile(join(await run(t, present, 'apt-get', 'service'), 'calls'), 'utf8'),
    'service\nzookeeper\nrestart\n',
  )
})

t.test('with UseDocker it runs a container that has the network of the machine', async (t) => {
  const properties = { UseDocker: true, Image: 'registry.example/zk:3.9', Settings: { note: "it's" }, PeerPort: 12888 }
  const folder = await run(t, await scriptOf(properties, 'fd00::3'), 'docker')
  const words = (await readFile(join(folder, 'calls'), 'utf8')).split('\n')
  t.match(words, ['docker', 'run', '--detach', '--name', 'zookeeper', '--restart', 'always', '--network', 'host'])
  t.ok(words.includes('ZOO_MY_ID=3'))
  t.ok(
    words.includes(
      'ZOO_SERVERS=server.1=10.0.0.1:12888:3888;2181 server.2=zoo-2.example:12888:3888;2181 server.3=[fd00::3]:12888:3888;2181',
    ),
  )
  t.ok(words.includes("ZOO_CFG_EXTRA=admin.enableServer=false initLimit=10 note=it's syncLimit=5 tickTime=2000 "))
  t.equal(words.at(-2), 'registry.example/zk:3.9')
})

t.test('commands that are there come first; a template of its own is filled in', async (t) => {
  t.match(await scriptOf({}, '10.0.0.1', 'echo first'), /^echo first\n#!\/bin\/sh\n/)
  const url = 'str://{{ .MyID }} of {{ len .Servers }} {{ join "," .Servers }} {{ .ClientPort }}'
  t.equal(
    await scriptOf({ InitScriptTemplateURL: url }, 'zoo-2.example'),
    '2 of 3 10.0.0.1:2888:3888,zoo-2.example:2888:3888,[fd00::3]:2888:3888 2181',
  )
  t.match(await rejection(scriptOf({ InitScriptTemplateURL: 'str://{{ .Myid }}' })), {
    message: /InitScriptTemplateURL: line 1: {{ \.Myid }} is not supported/,
  })
  const Properties = { Type: 'member', InitScriptTemplateURL: 'str://x' }
  t.same(await flavor.resolve({ Properties }), { Resolved: { InitScript: 'x' } })
  t.same(await flavor.resolve({ Properties: { Type: 'member' } }), { Resolved: null })
})

t.test('an ensemble is made of logical IDs', async (t) => {
  const Properties = { Type: 'member' }
  await t.resolves(flavor.validate({ Properties, Allocation: three }))
  const cases: [string, Allocation | null, RegExp][] = [
    ['a size', { Size: 3 }, /Allocation\.LogicalIDs: a ZooKeeper ensemble needs logical IDs/],
    ['nothing', null, /needs logical IDs/],
    ['what is no address', { LogicalIDs: ['a', 'b\nserver.3=c'] }, /Allocation\.LogicalIDs\[1\]: [^]* is no address/],
    ['one that is there twice', { LogicalIDs: ['a', 'b', 'a'] }, /Allocation\.LogicalIDs\[2\]: 'a' is there twice/],
  ]
  for (const [name, Allocation, message] of cases) {
    const error = await rejection(flavor.validate({ Properties, Allocation }))
    t.equal(kindOf(error), 'input', name)
    t.match(error, { message, hint: /LogicalIDs|logical ID/ }, name)
  }
  const stranger = flavor.prepare({ Properties, Spec: { LogicalID: 'd' }, Allocation: three })
  t.match(await rejection(stranger), { kind: 'input', message: /'d' is none of 10\.0\.0\.1/ })
  const cattle = flavor.prepare({ Properties, Spec: {}, Allocation: three })
  t.match(await rejection(cattle), { kind: 'input', message: /a member needs a logical ID/ })
})
