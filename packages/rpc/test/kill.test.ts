import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder, waitUntil, type Teardown } from '@infrakit/testing'
import t from 'tap'
import { instanceInterface } from '@infrakit/spi'
import { createClient } from '../src/client.js'
import { failure } from './support.js'

async function start(t: Teardown, path: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('./serving-process.js', import.meta.url))
  const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

t.test('a plugin is killed and comes back', async (t) => {
  const path = join(await temporaryFolder(t), 'plugin')
  const plugin = createClient({ path }, { timeoutMs: 60_000 })
  t.teardown(() => plugin.close())
  const stub = plugin.bind(instanceInterface)
  const first = await start(t, path)
  t.match(await stub.provision({ Spec: {} }), { ID: String(first.pid) })

  const slow = failure(stub.destroy({ Instance: 'slow' }))
  await waitUntil('the call to be read', async () => (await stub.validate({})) === undefined)
  await kill(first)
  t.match(await slow, { kind: 'unavailable', message: /not known/ }, 'a call in flight fails at once')
  t.match(await failure(stub.validate({})), { kind: 'unavailable', message: /ECONNREFUSED.*nothing was sent/ })
  t.match(await failure(stub.destroy({ Instance: 'a' })), { kind: 'unavailable', message: /nothing was sent/ })

  unlinkSync(path)
  const second = await start(t, path)
  t.match(await stub.provision({ Spec: {} }), { ID: String(second.pid) }, 'and it works again')
  t.equal(await stub.validate({}), undefined)
})

t.test('a stopped process ends by the deadline, and serves on when continued', async (t) => {
  const path = join(await temporaryFolder(t), 'plugin')
  const plugin = createClient({ path })
  t.teardown(() => plugin.close())
  const child = await start(t, path)
  const stub = plugin.bind(instanceInterface)
  await stub.validate({})
  child.kill('SIGSTOP')
  t.match(await failure(stub.validate({}, { timeout: 50 })), { kind: 'timeout' })
  child.kill('SIGCONT')
  t.equal(await stub.validate({}), undefined)
})
