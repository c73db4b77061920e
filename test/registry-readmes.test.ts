import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { freePorts, skipFor } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { readBlocks } from './docs-blocks/blocks.js'
import { reader } from './docs-blocks/reader.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The same on ports of its own: others may run an agent on this machine. */
async function onOtherPorts(text: string): Promise<string> {
  const [http = 0, ...others] = await freePorts(4)
  const [rpc, lan, wan] = others
  const ports = `-http-port=${http} -server-port=${rpc} -serf-lan-port=${lan} -serf-wan-port=${wan} -grpc-port=-1 -dns-port=-1`
  const address = `http://127.0.0.1:${http}`
  const moved = text
    .replace('consul agent -dev', `consul agent -dev ${ports}`)
    .replace('plugin start registry-consul', `plugin start registry-consul -- --address ${address}`)
  return `export CONSUL_HTTP_ADDR=${address}\n${moved}`
}

/** Types the example of a plugin's README in the plugin's folder. */
async function typeExample(t: Test, plugin: string, change: (text: string) => string | Promise<string>) {
  const page = await readFile(`${root}/plugins/${plugin}/README.md`, 'utf8')
  const [example] = readBlocks(page).filter(({ language }) => language === 'sh')
  if (!example) throw new Error('the README has no example')
  const person = await reader(t, root)
  await t.resolves(person.type({ ...example, text: `cd plugins/${plugin}\n${await change(example.text)}` }))
}

t.test('the example in the README of registry-embedded runs as written', (t) =>
  typeExample(t, 'registry-embedded', (text) => text),
)

t.test('the example in the README of registry-consul runs as written', { skip: skipFor(['consul']) }, (t) =>
  typeExample(t, 'registry-consul', onOtherPorts),
)
