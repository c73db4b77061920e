import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Teardown } from '@infrakit/testing'

/** What is written on the wire. */
export interface Reply {
  readonly status: number
  readonly body: string
  /** The connection is closed after this part of the body, from 0 to 1. */
  readonly cutAt?: number
}

export interface FaultyCall {
  /** On the wire, e.g. `Instance.Provision`. */
  readonly method: string
  readonly params: Record<string, unknown>
  readonly id: unknown
  /** Has the plugin carry the call out. */
  pass(): Promise<Reply>
  /** Resolves when the fault is lifted. */
  readonly lifted: Promise<void>
}

/** Answers a call in the plugin's place; see faults.ts. */
export type Fault = (call: FaultyCall) => Promise<Reply>

/** A plugin served under another name by a proxy that can be told to go wrong. */
export interface FaultyPlugin {
  readonly name: string
  /** The calls of the method that the plugin has carried out well, in the order of its answers, whatever became of these. */
  done(method: string): readonly Done[]
  /** The same of all methods. */
  all(): readonly Done[]
  /** How many calls of the method have come. */
  count(method: string): number
  /** When each of them came (monotonic ms). */
  times(method: string): readonly number[]
  /** How many calls of the method go wrong right now: they are not answered, and their callers still wait. */
  held(method: string): number
  /** From now on calls of the method go wrong, until the function that is returned is called. The newest fault counts. */
  inject(method: string, fault: Fault): () => void
  /** Closes the socket and all connections, as if the plugin had died. */
  vanish(): Promise<void>
  appear(): Promise<void>
}

/** A call that the plugin has carried out. */
export interface Done {
  readonly method: string
  readonly params: Record<string, unknown>
  readonly result: Record<string, unknown>
}

interface Injected {
  readonly method: string
  readonly fault: Fault
  readonly lifted: Promise<void>
}

/** @param options.deaf refuses streams of events, as a plugin without them does */
export async function serveFaulty(
  t: Teardown,
  pluginsDir: string,
  plugin: string,
  name: string,
  options: { deaf?: boolean } = {},
): Promise<FaultyPlugin> {
  const socketPath = join(pluginsDir, plugin)
  const injected: Injected[] = []
  const done: Done[] = []
  const times = new Map<string, number[]>()
  const held = new Map<string, number>()
  const add = (map: Map<string, number>, key: string, more: number) => map.set(key, (map.get(key) ?? 0) + more)
  let server = createServer()

  function send(req: IncomingMessage, body: string): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
      const call = request({ socketPath, method: req.method, path: req.url, headers }, (answer) => {
        text(answer).then((said) => resolve({ status: answer.statusCode ?? 502, body: said }), reject)
      })
      call.once('error', reject)
      call.end(body)
    })
  }

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await text(req)
    const { method, params, id } = JSON.parse(body) as Pick<FaultyCall, 'method' | 'params' | 'id'>
    times.set(method, [...(times.get(method) ?? []), performance.now()])
    const found = injected.findLast((one) => one.method === method)
    if (found) {
      add(held, method, 1)
      // The caller gave up, or was answered.
      res.once('close', () => add(held, method, -1))
    }
    const pass = async () => {
      const reply = await send(req, body)
      const { result } = JSON.parse(reply.body) as Partial<Done>
      if (result) done.push({ method, params, result })
      return reply
    }
    try {
      write(res, await (found ? found.fault({ method, params, id, pass, lifted: found.lifted }) : pass()))
    } catch {
      res.destroy()
    }
  }

  function stream(req: IncomingMessage, res: ServerResponse): void {
    if (options.deaf) return void res.writeHead(503).end()
    const call = request({ socketPath, path: req.url, headers: req.headers }, (events) => {
      res.writeHead(events.statusCode ?? 502, events.headers)
      events.pipe(res)
      events.once('error', () => res.destroy())
    })
    call.once('error', () => res.destroy())
    res.once('close', () => call.destroy())
    call.end()
  }

  async function appear(): Promise<void> {
    server = createServer((req, res) => {
      if (req.method === 'POST') void answer(req, res).catch(() => res.destroy())
      else stream(req, res)
    })
    await new Promise<void>((resolve) => server.listen(join(pluginsDir, name), resolve))
  }

  async function vanish(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }

  function inject(method: string, fault: Fault): () => void {
    let lift = () => undefined as void
    const one = { method, fault, lifted: new Promise<void>((resolve) => (lift = resolve)) }
    injected.push(one)
    return () => {
      const at = injected.indexOf(one)
      if (at >= 0) injected.splice(at, 1)
      lift()
    }
  }

  await appear()
  t.teardown(() => (server.listening ? vanish() : undefined))
  return {
    name,
    done: (of) => done.filter((one) => one.method === of),
    all: () => done,
    count: (of) => times.get(of)?.length ?? 0,
    times: (of) => times.get(of) ?? [],
    held: (of) => held.get(of) ?? 0,
    inject,
    vanish,
    appear,
  }
}

function write(res: ServerResponse, { status, body, cutAt }: Reply): void {
  const bytes = Buffer.from(body)
  res.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': bytes.length })
  if (cutAt === undefined) return void res.end(bytes)
  res.write(bytes.subarray(0, Math.floor(bytes.length * cutAt)), () => res.destroy())
}
