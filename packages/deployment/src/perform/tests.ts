import {
  InfrakitError,
  messageOf,
  type DeploymentRoute,
  type DeploymentTest,
  type HttpExpectation,
} from '@infrakit/spi'
import type { Action } from '../actions.js'
import type { Performing } from '../executor.js'
import type { HttpRequest, Ports } from '../ports.js'
import { seconds } from '../settings.js'
import { Diagnosed } from './diagnosis.js'
import { addressOf, environmentOf, placesOf } from './environment.js'

type TestAction = Extract<Action, { Type: 'test' }>
type HookAction = Extract<Action, { Type: 'hook' }>

/** Between two questions of which the first was answered wrongly (ms). */
const againMs = 250
/** Lines of a test's output that are shown when it fails. */
const shownLines = 30

/** Throws, with what the test wrote, unless it passes. */
export async function runTest(
  ports: Ports,
  action: TestAction,
  performing: Performing,
  routes: readonly DeploymentRoute[],
): Promise<void> {
  const { Test, When } = action
  performing.output([`${When} test '${Test.Name}' begins`])
  try {
    if (Test.HTTP) await expectAnswers(ports, action, Test.HTTP, performing, routes)
    else await runProgram(ports, action, performing)
  } catch (error) {
    performing.output([`${When} test '${Test.Name}' failed: ${messageOf(error)}`])
    throw error
  }
  performing.output([`${When} test '${Test.Name}' passed`])
}

/** Runs a hook's command. Throws unless it exits with 0. */
export async function runHook(ports: Ports, action: HookAction, performing: Performing): Promise<void> {
  const { Name, Command, Seconds, About } = action
  performing.doing(`hook '${Name}' runs`)
  const env = environmentOf(About, 'hook', await placesOf(ports, About).catch(() => []))
  const { code, output } = await ports.run(Command, { env, timeoutMs: Seconds * 1000, signal: performing.signal })
  judge(`hook '${Name}'`, code, output, performing)
}

async function runProgram(ports: Ports, action: TestAction, performing: Performing): Promise<void> {
  const { Test, About, When } = action
  const timeout = seconds(Test.Timeout, '1m')
  performing.doing(`test '${Test.Name}' runs`)
  const env = environmentOf(About, When, await placesOf(ports, About, performing.signal))
  const { code, output } = Test.Job
    ? await runJob(ports, action, Test.Job, env, timeout, performing)
    : await ports.run(Test.Command ?? [], { env, timeoutMs: timeout * 1000, signal: performing.signal })
  judge(`test '${Test.Name}'`, code, output, performing)
}

async function runJob(
  ports: Ports,
  { About }: TestAction,
  { Properties, Command }: NonNullable<DeploymentTest['Job']>,
  env: Readonly<Record<string, string>>,
  timeout: number,
  { tenure }: Performing,
) {
  const { job } = await ports.instance(About.InstancePlugin)
  if (!job) {
    throw new InfrakitError('incompatible', `'${About.InstancePlugin}' cannot run jobs`, {
      hint: 'use Command or HTTP, or an instance plugin with Job',
    })
  }
  // The one way to hand a job its environment that every plugin with jobs has.
  const argv = Command && ['env', ...Object.entries(env).map(([name, value]) => `${name}=${value}`), ...Command]
  const { ExitCode, Output } = await job.run(
    { Properties, Command: argv ?? null, TimeoutSeconds: Math.ceil(timeout), Fence: tenure.fence },
    { timeout: timeout * 1000 + 10_000 },
  )
  return { code: ExitCode, output: Output }
}

function judge(what: string, code: number, output: string, performing: Performing): void {
  const lines = output.split(/\r?\n/).filter((line) => line !== '')
  performing.output(lines.map((line) => `  ${line}`))
  if (code === 0) return
  throw new Diagnosed('plugin-failed', `${what} exited with ${code}`, lines.slice(-shownLines))
}

async function expectAnswers(
  ports: Ports,
  action: TestAction,
  expected: HttpExpectation,
  performing: Performing,
  routes: readonly DeploymentRoute[],
): Promise<void> {
  const { Test } = action
  const deadline = ports.clock.now() + seconds(Test.Timeout, '1m') * 1000
  const requests = await requestsOf(ports, action, expected, routes)
  if (requests.length === 0) {
    throw new InfrakitError('input', `test '${Test.Name}': there is no address to ask`, {
      hint: 'give HTTP.URL, a route, or an instance that listens',
    })
  }
  for (const request of requests) await expectAnswer(ports, request, Test.Name, expected, performing, deadline)
}

async function expectAnswer(
  ports: Ports,
  request: Omit<HttpRequest, 'timeoutMs'>,
  name: string,
  expected: HttpExpectation,
  { signal, doing }: Performing,
  deadline: number,
): Promise<void> {
  let right = 0
  const what = `${request.method ?? 'GET'} ${request.url}${request.connectTo ? ` at ${request.connectTo}` : ''}`
  doing(`test '${name}': ${what}`)
  for (;;) {
    signal.throwIfAborted()
    const left = deadline - ports.clock.now()
    const wrong = await wrongWith(ports, { ...request, timeoutMs: Math.max(1000, left), signal }, expected)
    right = wrong === undefined ? right + 1 : 0
    if (right >= (expected.Times ?? 1)) return
    if (wrong === undefined) continue
    if (ports.clock.now() >= deadline) throw new Diagnosed('plugin-failed', `test '${name}': ${what}: ${wrong}`, [])
    await ports.clock.sleep(againMs, signal)
  }
}

/** What is wrong with the answer, if something is. */
async function wrongWith(ports: Ports, request: HttpRequest, expected: HttpExpectation): Promise<string | undefined> {
  const status = expected.Status ?? 200
  try {
    const answer = await ports.ask(request)
    if (answer.status !== status) return `answered ${answer.status}, expected ${status}`
    if (expected.Contains != null && !answer.body.includes(expected.Contains)) {
      return `the answer does not contain '${expected.Contains}'`
    }
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

async function requestsOf(
  ports: Ports,
  { When, About }: TestAction,
  expected: HttpExpectation,
  routes: readonly DeploymentRoute[],
): Promise<Omit<HttpRequest, 'timeoutMs'>[]> {
  const { URL: url, Path, Method, Headers, Body } = expected
  const path = Path ?? '/'
  const common = {
    ...(Method ? { method: Method } : {}),
    ...(Headers ? { headers: Headers } : {}),
    ...(Body == null ? {} : { body: Body }),
  }
  if (url) return [{ ...common, url }]
  if (When === 'post') return routes.map((route) => ({ ...common, ...throughRoute(route, path) }))
  const places = await placesOf(ports, About)
  return places.flatMap(({ endpoints }) =>
    endpoints.slice(0, 1).map((endpoint) => ({ ...common, url: `http://${addressOf(endpoint)}${path}` })),
  )
}

/** How a route is asked from the machine that its proxy is on. */
function throughRoute({ Listen, Host, PathPrefix, TLS }: DeploymentRoute, path: string) {
  const [address, port] = [Listen.slice(0, Listen.lastIndexOf(':')), Listen.slice(Listen.lastIndexOf(':') + 1)]
  const local = address === '' || address === '0.0.0.0' ? '127.0.0.1' : address === '[::]' ? '[::1]' : address
  const prefix = PathPrefix && PathPrefix !== '/' ? PathPrefix.replace(/\/$/, '') : ''
  const url = `${TLS ? 'https' : 'http'}://${Host ?? local}:${port}${prefix}${path}`
  return Host ? { url, connectTo: local } : { url }
}
