import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rejection, temporaryFolder } from '@infrakit/testing'
import t, { type Test } from 'tap'
import { mark } from '../src/watcher-script.js'
import { createWatcher } from '../src/watcher.js'

const patience = 5000

/** A program that answers for one folder after the other as Vagrant does, after a while; or, as the file says, never. */
async function open(t: Test, pause: number) {
  const dir = await temporaryFolder(t)
  const [program, mode] = [join(dir, 'vagrant'), join(dir, 'mode')]
  const script = `#!${process.execPath}
const { readFileSync } = require('node:fs')
const { setTimeout: sleep } = require('node:timers/promises')
process.stderr.write('No usable default provider could be found\\n')
require('node:readline').createInterface({ input: process.stdin }).on('line', async (line) => {
  for (const folder of JSON.parse(line)) {
    const said = readFileSync('${mode}', 'utf8')
    if (said === 'silent') return
    if (said === 'ends') process.exit(1)
    await sleep(${pause})
    process.stdout.write('half a line of a Vagrantfile\\n${mark}' + JSON.stringify([{ name: folder, state: 'running' }]) + '\\n')
  }
})
`
  writeFileSync(program, script)
  chmodSync(program, 0o700)
  const become = (how: 'well' | 'silent' | 'ends') => writeFileSync(mode, how)
  become('well')
  const watcher = createWatcher(program, join(dir, 'watcher'), () => ['a', 'b', 'c', 'd'], patience)
  t.teardown(() => watcher.close())
  return { watcher, become }
}

const all = ['a', 'b', 'c', 'd'].map((folder) => [folder, [{ name: folder, state: 'running' }]])

t.test('many machines may take longer than one', async (t) => {
  const { watcher } = await open(t, patience / 3)
  t.same([...(await watcher.look())], all)
})

t.test('one that is silent is given up, and the next question asks another one', async (t) => {
  const { watcher, become } = await open(t, 0)
  t.same([...(await watcher.look())], all)
  become('silent')
  const given = { kind: 'unavailable', message: /it did not answer within 5 s/ }
  t.match(await rejection(watcher.look()), given)
  become('well')
  t.same([...(await watcher.look())], all, 'though the first may not have ended yet')
})

t.test('one that ends says why, and not what it said when it began', async (t) => {
  const { watcher, become } = await open(t, 0)
  await watcher.look()
  become('ends')
  t.match(await rejection(watcher.look()), { kind: 'unavailable', message: /for the state of machines: it ended$/ })
  become('well')
  t.same([...(await watcher.look())], all)
})
