import { InfrakitError, named, type ProxyRoute } from '@infrakit/spi'
import { readDocuments } from './documents.js'

/** A route and where it was read. */
export interface RouteInFile {
  /** Stands before every complaint about it. */
  readonly source: string
  readonly route: ProxyRoute
}

/** Whose routes those are that a person applies. */
const personsOwner = 'cli'

/** Reads the routes of a file: one route, a list of routes, or several YAML documents. The proxy judges them. Throws `input`. */
export async function readRoutes(file: string): Promise<RouteInFile[]> {
  const { source, values } = await readDocuments(file)
  const entries = values.flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : [value]))
  if (entries.length === 0) throw new InfrakitError('input', `${source}: it holds no route`)
  return entries.map((entry, at) => {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      throw new InfrakitError('input', `${source}: expected a route, got ${named(entry)}`)
    }
    const fields = Object.fromEntries(Object.entries(entry).filter(([key]) => key !== '$schema'))
    const route = { Owner: personsOwner, ...fields } as unknown as ProxyRoute
    const name = typeof route.Name === 'string' ? route.Name : `route ${at + 1}`
    return { source: entries.length > 1 ? `${source}: ${name}` : source, route }
  })
}
