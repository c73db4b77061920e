import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, symlink } from 'node:fs/promises'
import { temporaryFolder } from '@infrakit/testing'
import t from 'tap'
import { isRunning, processStartTime } from '../src/index.js'

t.test('a living process has a start time that stays the same', async (t) => {
  const first = await processStartTime(process.pid)
  t.type(first, 'string')
  t.equal(await processStartTime(process.pid), first)
  t.ok(await isRunning(process.pid, first ?? ''))
})

t.test('no process, no start time', async (t) => {
  for (const pid of [0, -1, 1.5, NaN, 2 ** 31]) t.equal(await processStartTime(pid), undefined, String(pid))
})

t.test('a process that has ended is gone', async (t) => {
  const child = spawn('sleep', ['60'])
  const pid = child.pid ?? -1
  const start = await processStartTime(pid)
  t.type(start, 'string')
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.equal(await processStartTime(pid), undefined)
  t.notOk(await isRunning(pid, start ?? ''))
})

t.test('a living pid with another start time is another process', async (t) => {
  t.notOk(await isRunning(process.pid, 'another'))
})

t.test('a zombie counts as dead', { skip: process.platform === 'linux' ? false : 'needs /proc' }, async (t) => {
  // exec puts a program in the shell's place that never asks how the shell's child ended.
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'])
  t.teardown(() => parent.kill('SIGKILL'))
  const [text] = (await once(parent.stdout, 'data')) as [Buffer]
  const pid = Number(text.toString())
  await until(async () => (await readFile(`/proc/${parent.pid}/comm`, 'utf8')) === 'sleep\n')
  process.kill(pid, 'SIGKILL')
  await until(async () => /\) [ZX] /.test(await readFile(`/proc/${pid}/stat`, 'utf8')))
  t.equal(await processStartTime(pid), undefined)
})

t.test('a process whose name looks like the end of its name', { skip: process.platform !== 'linux' }, async (t) => {
  const path = `${await temporaryFolder(t)}/a) Z 1 (b`
  await symlink('/bin/sleep', path)
  const child = spawn(path, ['60'])
  t.teardown(() => child.kill('SIGKILL'))
  await once(child, 'spawn')
  t.match(await processStartTime(child.pid ?? -1), /^\d+@/)
})

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve))
}
