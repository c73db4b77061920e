import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { skipFor, temporaryFolder, type Teardown } from '@infrakit/testing'
import { makeKeys } from './keys.js'
import { findEngine } from '../src/find-engine.js'
import { rejects } from './support.js'

/** A folder of Docker's configuration, and what runs the docker program on it. */
async function configuration(t: Teardown) {
  const home = await temporaryFolder(t)
  const env = { DOCKER_CONFIG: join(home, 'config') }
  await mkdir(env.DOCKER_CONFIG)
  const docker = (...args: string[]) =>
    execFileSync('docker', args, { env: { PATH: process.env['PATH'], ...env }, encoding: 'utf8' })
  return { home, env, docker, file: join(env.DOCKER_CONFIG, 'config.json') }
}

t.test('without anything: the first socket that is there, else the usual one', async (t) => {
  const home = await temporaryFolder(t)
  const there = join(home, 'docker.sock')
  await writeFile(there, '')
  const sockets = ['/nowhere/docker.sock', there]
  t.same(await findEngine({ env: {}, home, sockets }), { kind: 'unix', path: there })
  t.same(await findEngine({ env: {}, home, sockets: ['/nowhere/docker.sock'] }), { kind: 'unix', path: sockets[0] })
})

t.test('what is given goes before the environment', async (t) => {
  const { env } = await configuration(t)
  const found = await findEngine({ host: 'tcp://given:1', env: { ...env, DOCKER_HOST: 'tcp://env:1' } })
  t.same(found, { kind: 'tcp', host: 'given', port: 1 })
})

t.test('contexts as the docker program makes them', { skip: skipFor(['docker', 'openssl']) }, async (t) => {
  const { home, env, docker } = await configuration(t)
  makeKeys(home)
  docker('context', 'create', 'far', '--docker', 'host=ssh://me@box')
  const keys = ['ca', 'cert', 'key'].map((name) => `${name}=${join(home, `${name}.pem`)}`).join()
  docker('context', 'create', 'safe', '--docker', `host=tcp://box:2376,${keys}`)
  docker('context', 'create', 'lax', '--docker', 'host=tcp://box:2376,skip-tls-verify=true')
  docker('context', 'use', 'far')
  const far = { kind: 'ssh', host: 'box', user: 'me' }
  t.match(await findEngine({ env }), far, 'the current one')
  t.match(await findEngine({ env: { ...env, DOCKER_CONTEXT: 'lax' } }), {
    kind: 'tls',
    tls: { folder: undefined, verify: false },
  })
  const safe = await findEngine({ env: { ...env, DOCKER_CONTEXT: 'safe' } })
  t.match(safe, { kind: 'tls', port: 2376, tls: { folder: /contexts\/tls\/[0-9a-f]{64}\/docker$/, verify: true } })
  const both = { ...env, DOCKER_HOST: 'tcp://env:1', DOCKER_CONTEXT: 'far' }
  t.match(await findEngine({ env: both }), { host: 'env' }, 'DOCKER_HOST goes before a context')
  t.match(await findEngine({ env: { ...env, DOCKER_CONTEXT: 'default' }, sockets: ['/s'] }), { path: '/s' })
})

t.test('a context that is not there, or is damaged', async (t) => {
  const { env, file } = await configuration(t)
  const missing = { kind: 'input', message: /there is no Docker context 'gone'/, hint: /docker context ls/ }
  await rejects(t, findEngine({ env: { ...env, DOCKER_CONTEXT: 'gone' } }), { ...missing, path: 'DOCKER_CONTEXT' })
  await writeFile(file, '{"currentContext": "gone"}')
  await rejects(t, findEngine({ env }), { ...missing, path: /^currentContext of .*config\.json$/ })
  for (const text of ['{"auths": s3cret', '[]', '']) {
    await writeFile(file, text)
    await rejects(
      t,
      findEngine({ env }),
      { kind: 'input', message: /^(?!.*s3cret).*config\.json: it does not hold/ },
      text,
    )
  }
})
