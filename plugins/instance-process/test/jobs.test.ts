import { readdir } from 'node:fs/promises'
import { waitUntil } from '@infrakit/testing'
import t from 'tap'
import { countOf, open, rejection, sh, sleeper } from './support.js'

t.test('a job next to an instance has its surroundings', async (t) => {
  const { job, make, dir } = await open(t)
  const id = await make({ ...sleeper, Environment: { A: 'x', B: 'y' }, Ports: [{ Name: 'http' }] })
  const { Command } = sh('pwd; echo $A $B $C $INFRAKIT_INSTANCE_ID ${PORT:+port}; echo out; echo err >&2; exit 3')
  t.same(await job.run({ Instance: id, Command, Properties: { Environment: { B: 'z', C: '!' } } }), {
    ExitCode: 3,
    Output: `${dir}/${id}/work\nx z ! ${id} port\nout\nerr\n`,
    Truncated: false,
  })
  t.equal(countOf(dir), 1)
})

t.test('a job of its own', async (t) => {
  const { job, dir } = await open(t)
  const Properties = { WorkingDirectory: '/', Environment: { A: 'x' } }
  t.match(await job.run({ Command: ['sh', '-c', 'pwd; echo $A'], Properties }), { ExitCode: 0, Output: '/\nx\n' })
  t.match(await job.run({ Command: ['sh', '-c', 'kill -9 $$'] }), { ExitCode: 137 })
  t.match(await job.run({ Command: ['sh', '-c', 'touch made; ls'] }), { ExitCode: 0, Output: 'made\n' })
  t.equal(countOf(dir), 0)
  t.same((await readdir(dir)).sort(), ['.key', '.lock'])
})

t.test('the end of much output is kept', async (t) => {
  const { job } = await open(t)
  const { Output, Truncated } = await job.run({ Command: sh('seq 1 100000').Command })
  t.equal(Truncated, true)
  t.equal(Output.length, 64 * 1024)
  t.ok(Output.endsWith('\n99999\n100000\n'))
})

t.test(
  'a job that takes too long is killed with all that it started; what it leaves in the background is, too',
  async (t) => {
    const { job, dir } = await open(t)
    const slow = job.run({ Command: sh('setsid sleep 100000 & sleep 100000').Command, TimeoutSeconds: 0.3 })
    await waitUntil('it to run', () => countOf(dir) === 3)
    t.match(await rejection(slow), { kind: 'timeout', message: /did not end within 0.3 s, and was killed/ })
    t.equal(countOf(dir), 0)
    t.match(await job.run({ Command: sh('setsid sleep 100000 & echo done').Command }), {
      ExitCode: 0,
      Output: 'done\n',
    })
    t.equal(countOf(dir), 0)
  },
)

t.test('what cannot be run', async (t) => {
  const { job } = await open(t)
  t.match(await rejection(job.run({ Command: [] })), { kind: 'input', path: 'Command' })
  t.match(await rejection(job.run({ Command: ['no-such-program'] })), { kind: 'input', message: /there is no program/ })
  t.match(await rejection(job.run({ Instance: 'nosuch', Command: ['true'] })), { kind: 'not-found' })
  t.match(await rejection(job.run({ Command: ['true'], Properties: { Usr: 'x' } })), {
    kind: 'input',
    message: /did you mean 'User'/,
  })
})
