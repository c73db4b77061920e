import { get } from 'node:http'
import { text } from 'node:stream/consumers'
import { rejection, type Teardown } from '@infrakit/testing'
import { unique } from '@infrakit/testing/engine'
import { createContainer, removeContainer } from '../src/containers.js'
import type { EngineAddress } from '../src/engine-address.js'
import { connect, openEngine, type Engine } from '../src/engine.js'

/** Of tap's `t`, what is used here. */
interface Asserts {
  match(found: unknown, wanted: object, what: string): unknown
}

/** The engine of this machine, or the one at an address; closed when the test is over. */
export async function testEngine(t: Teardown, address?: EngineAddress, env?: NodeJS.ProcessEnv): Promise<Engine> {
  const engine = await (address ? openEngine(address, env) : connect())
  t.teardown(() => engine.close())
  return engine
}

/** A container, which does not run yet; removed when the test is over. */
export async function testContainer(
  t: Teardown,
  image: string,
  more: Record<string, unknown> = {},
): Promise<{ id: string; name: string }> {
  const name = unique('container')
  // Of its own: that of the test may be closed by then, or be meant to fail.
  const engine = await connect()
  t.teardown(async () => {
    await removeContainer(engine, name)
    engine.close()
  })
  const { id } = await createContainer(engine, { name, definition: { Image: image, ...more } })
  return { id, name }
}

/** Expects a call to fail with an error that matches. */
export async function rejects(t: Asserts, call: Promise<unknown>, expected: object, what?: string): Promise<void> {
  t.match(await rejection(call), expected, what ?? JSON.stringify(expected))
}

/** What a URL answers, as JSON; on a connection of its own. */
export function getJson(url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, timeout: 5000 }, (response) => {
      text(response).then((body) => resolve(JSON.parse(body)), reject)
    })
    request.on('timeout', () => request.destroy(new Error('no answer')))
    request.on('error', reject)
  })
}
