import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const script = fileURLToPath(new URL('../../scripts/leftovers.js', import.meta.url))

function look(mark: string): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script, mark], (error, stdout) => {
      resolve({ code: error ? Number(error.code) : 0, said: stdout })
    })
  })
}

t.test('a process that is left running is named and ended, and no other is', async (t) => {
  const value = randomUUID()
  const start = (env: NodeJS.ProcessEnv) => {
    const child = spawn('sleep', ['1000'], { env: { ...process.env, ...env }, detached: true, stdio: 'ignore' })
    t.teardown(() => child.kill('SIGKILL'))
    return child
  }
  const left = start({ IK_MARK: value })
  const other = start({ IK_MARK: `${value}0` })
  const ended = once(left, 'exit')

  t.same(await look(`IK_MARK=${value}`), { code: 1, said: `still running: ${left.pid} sleep 1000 \n` })
  t.same(await ended, [null, 'SIGKILL'])
  t.equal(other.exitCode ?? other.signalCode, null, 'the other one runs')
  t.same(await look(`IK_MARK=${value}`), { code: 0, said: '' }, 'then there is none')
})
