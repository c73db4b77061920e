/**
 * The least that can play an instance or a flavor plugin: bare node:http, JSON.parse, a durable file for each instance.
 * Arguments: the socket, the folder of instances.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { unlinkDurably, writeDurably } from './durable.js'

interface Spec {
  readonly Tags: object
  readonly Properties: unknown
}

interface Params {
  readonly Spec: Spec
  readonly Instance: string
}

const [socket = '', dir = ''] = process.argv.slice(2)

function describe(id: string): object {
  const { LogicalID, Tags, Spec } = JSON.parse(readFileSync(join(dir, id), 'utf8')) as Record<string, unknown>
  return { ID: id, LogicalID, Tags, Properties: Spec }
}

/** As ours: nobody tells it that a file is gone, it looks; but each file is read only once. */
const known = new Map<string, object>()

function list(): object[] {
  return readdirSync(dir)
    .filter((name) => !name.endsWith('.new'))
    .map((id) => {
      const description = known.get(id) ?? describe(id)
      known.set(id, description)
      return description
    })
}

const methods: Readonly<Record<string, (params: Params) => unknown>> = {
  'Flavor.Prepare': ({ Spec }) => ({ Type: '', Spec }),
  'Flavor.Healthy': () => ({ Type: '', Health: 1 }),
  'Flavor.Drain': () => ({ Type: '', OK: true }),
  'Instance.DescribeInstances': () => ({ Type: '', Descriptions: list() }),
  async 'Instance.Provision'({ Spec }) {
    const ID = `instance-${Math.floor(Math.random() * 1e15)}`
    const file = { ID, LogicalID: null, Tags: Spec.Tags, Spec }
    await writeDurably(join(dir, ID), `${JSON.stringify(file, undefined, 2)}\n`)
    return { Type: '', ID }
  },
  async 'Instance.Destroy'({ Instance }) {
    await unlinkDurably(join(dir, Instance))
    known.delete(Instance)
    return { Type: '', OK: true }
  },
}

async function answer(body: string): Promise<string> {
  const { method, params, id } = JSON.parse(body) as { method: string; params: Params; id: number }
  return JSON.stringify({ jsonrpc: '2.0', result: await methods[method]?.(params), id })
}

createServer((req, res) => {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => {
    void answer(Buffer.concat(chunks).toString('utf8')).then((text) => {
      res.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(text) })
      res.end(text)
    })
  })
}).listen(socket, () => process.stdout.write('listening\n'))
