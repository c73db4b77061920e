import type { WantedPort } from '@infrakit/containers'
import { fieldsOf, listOf } from './rendered.js'

/** What is to be published, as the rendered service has it: the port of the host fixed, from a range, or left open. */
export function wantedPorts(ports: unknown): WantedPort[] {
  return listOf(ports).map((port) => {
    const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(String(fieldsOf(port)['published'] ?? '')) ?? []
    if (first === undefined || first === '0') return {}
    return last === undefined ? { host: Number(first) } : { within: { first: Number(first), last: Number(last) } }
  })
}

/** The same ports, each at the port of the host that was found for it. */
export function publishedAt(ports: unknown, hostPorts: readonly number[]): object[] {
  return listOf(ports).map((port, at) => ({ ...fieldsOf(port), published: String(hostPorts[at]) }))
}
